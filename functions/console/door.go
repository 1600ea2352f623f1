package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/auth"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

// The doors: how people come in.
const (
	// doorLocal shows a picker of people; it is for a machine of one's own alone.
	doorLocal = "local"
	// doorStaff lets in the platform's staff, whom Identity-Aware Proxy in front of the function has signed in.
	doorStaff = "staff"
	// doorBrand lets in people of brands, by a link that workspace makes.
	doorBrand = "brand"
)

// DoorConfig says how people come in.
type DoorConfig struct {
	// Service is the name of the Cloud Run service, which the platform sets. It is how the function knows that it is deployed.
	Service string `env:"K_SERVICE"`
	// Door is how people come in: local, staff or brand.
	Door       string `env:"CONSOLE_DOOR"`
	SessionKey wire.SessionKey
	Staff      auth.StaffConfig
	// FrameOrigins are those of the brands' portals that may show the console in a frame. They count at the brands' door alone.
	FrameOrigins []string `env:"CONSOLE_FRAME_ORIGINS"`
}

// Validate has a deployed function refuse to start without a door, or with one that lets in everybody.
func (c DoorConfig) Validate() error {
	var check config.Check
	check.That(c.Door != "", "CONSOLE_DOOR is required")
	check.That(c.Door == "" || slices.Contains([]string{doorLocal, doorStaff, doorBrand}, c.Door), "CONSOLE_DOOR must be local, staff or brand")
	check.That(c.Service == "" || c.Door != doorLocal, "CONSOLE_DOOR must not be local beside K_SERVICE: it lets in everybody")
	check.That(c.Door != doorStaff || c.Staff.Audience != "", "IAP_AUDIENCE is required for CONSOLE_DOOR=staff: without it anybody's proxy could let people in")
	check.Origins("CONSOLE_FRAME_ORIGINS", c.FrameOrigins)

	return check.Err()
}

// frames are the origins of pages that may show the console in a frame.
func (c DoorConfig) frames() []string {
	var all []string

	for _, origin := range c.FrameOrigins {
		if origin = strings.TrimSpace(origin); origin != "" && c.Door == doorBrand {
			all = append(all, origin)
		}
	}

	return all
}

// door finds out who makes a request.
type door interface {
	// whose returns who makes the request; an error of kind Unauthenticated if nobody is let in by it.
	whose(r *http.Request) (access.Caller, error)
	// refused answers a request that nobody is let in by: with the way in, if there is one.
	refused(c *call, cause error) error
	// open are the routes that need nobody to be let in: the way in, and out.
	open() []route
	// wayIn is the path of the page where people sign in again; empty if they come in from elsewhere.
	wayIn() string
	// leave is the path to post to for signing out; empty if there is no signing out here.
	leave() string
}

// doorOf returns the door that the configuration names.
func doorOf(cfg Config, d deps) door {
	switch cfg.Door.Door {
	case doorStaff:
		return staffDoor{check: d.Staff}
	case doorBrand:
		return brandDoor{linkDoor{
			links:    d.Links,
			sessions: &sessions{cookie: brandCookie(len(cfg.Door.frames()) > 0), door: doorBrand, key: d.SessionKey, clock: d.Clock},
		}}
	default:
		in := &sessions{
			cookie: http.Cookie{Name: "console", HttpOnly: true, SameSite: http.SameSiteLaxMode}, //nolint:gosec // it is served without TLS
			door:   doorLocal,
			key:    d.SessionKey,
			clock:  d.Clock,
		}

		return localDoor{sessions: in, workspace: d.Workspace, links: linkDoor{links: d.Links, sessions: in}}
	}
}

// needsWayIn reports whether a request of nobody who is let in is answered with the way in. A stream's is not: what it is led to would be read as a
// stream.
func needsWayIn(r *http.Request, err error) bool {
	return fault.Is(err, fault.Unauthenticated) && !strings.HasSuffix(r.URL.Path, "/stream")
}
