package console

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// The doors: how people come in.
const (
	// doorLocal shows a picker of people; it is for a machine of one's own alone.
	doorLocal = "local"
)

// DoorConfig says how people come in.
type DoorConfig struct {
	// Service is the name of the Cloud Run service, which the platform sets. It is how the function knows that it is deployed.
	Service string `env:"K_SERVICE"`
	// Door is how people come in: local.
	Door       string `env:"CONSOLE_DOOR"`
	SessionKey wire.SessionKey
	// FrameOrigins are those of the pages that may show the console in a frame.
	FrameOrigins []string `env:"CONSOLE_FRAME_ORIGINS"`
}

// Validate has a deployed function refuse to start without a door, or with one that lets in everybody.
func (c DoorConfig) Validate() error {
	var check config.Check
	check.That(c.Door != "", "CONSOLE_DOOR is required")
	check.That(c.Door == "" || c.Door == doorLocal, "CONSOLE_DOOR must be local")
	check.That(c.Service == "" || c.Door != doorLocal, "CONSOLE_DOOR must not be local beside K_SERVICE: it lets in everybody")
	check.Origins("CONSOLE_FRAME_ORIGINS", c.FrameOrigins)

	return check.Err()
}

// door finds out who makes a request.
type door interface {
	// whose returns who makes the request; an error of kind Unauthenticated if nobody is let in by it.
	whose(r *http.Request) (access.Caller, error)
	// refused answers a request that nobody is let in by: with the way in, if there is one.
	refused(c *call, cause error) error
	// open are the routes that need nobody to be let in: the way in, and out.
	open() []route
	// leave is the path to post to for signing out; empty if there is no signing out here.
	leave() string
}

// doorOf returns the door that the configuration names.
func doorOf(_ Config, d deps) door {
	return localDoor{
		sessions: &sessions{
			cookie: http.Cookie{Name: "console", HttpOnly: true, SameSite: http.SameSiteLaxMode}, //nolint:gosec // it is served without TLS
			door:   doorLocal,
			key:    d.SessionKey,
			clock:  d.Clock,
		},
		workspace: d.Workspace,
	}
}
