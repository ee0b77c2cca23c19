package redisstore_test

import (
	"testing"

	"openspacewall/hub/store"
	"openspacewall/hub/store/redisstore"
	"openspacewall/hub/store/redisstore/redistest"
	"openspacewall/hub/store/storetest"
)

// A user with the rights that ACL names, and no others, has all that the store
// needs, and nothing that it does not.
func TestACL_is_enough(t *testing.T) {
	server := redistest.Start(t, "user default off", "user wall on >hush "+redisstore.ACL(), "user all on nopass +@all ~* &*")
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{
			Open: func(t testing.TB) store.Store {
				return open(t, redisstore.Options{URL: server.URL(), Username: "wall", Password: "hush"})
			},
			Durable: true,
		}
	})
}
