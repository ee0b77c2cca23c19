package memstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"openspacewall/hub/store"
	"openspacewall/hub/store/memstore"
	"openspacewall/hub/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Medium {
		return storetest.Medium{Open: func(testing.TB) store.Store { return memstore.New() }}
	})
}
