package hub

import "openspacewall/hub/wall"

// Face is which of the three pages is at the other end of a connection.
type Face string

// The faces.
const (
	Phone     Face = "phone"
	Projector Face = "projector"
	Desk      Face = "desk"
)

// audiences is how many there are: the desk, and the hall.
const audiences = 2

// audience says whose frames a face gets. Whoever is unknown sees what the
// hall sees, never more.
func (f Face) audience() wall.Audience {
	if f == Desk {
		return wall.Desk
	}
	return wall.Hall
}
