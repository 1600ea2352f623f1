package console

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// staffDoor lets in the platform's staff. Identity-Aware Proxy signs them in before a request comes here, and says with each who it is: there is
// no session of ours.
type staffDoor struct {
	check func(*http.Request) (access.Caller, error)
}

func (d staffDoor) whose(r *http.Request) (access.Caller, error) { return d.check(r) }

// refused says that a request came around the proxy, which signs in everybody by itself.
func (d staffDoor) refused(_ *call, cause error) error {
	return withWords(cause, "open this console at its own address, where your organisation signs you in")
}

// leavePath is where people sign out who came in by a door with a way out.
const leavePath = "/leave"

func (d staffDoor) wayIn() string { return "" }

func (d staffDoor) leave() string { return leavePath }

func (d staffDoor) open() []route {
	return []route{{http.MethodPost, leavePath, open, func(_ *handler, c *call) error {
		// The proxy answers this itself, and signs the person out: https://cloud.google.com/iap/docs/special-urls-and-headers-howto.
		return c.redirect("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE")
	}}}
}

// withWords returns the error of somebody who is not let in, with words for that person.
func withWords(cause error, msg string) error {
	return &fault.Error{Kind: fault.Unauthenticated, Op: "console.refused", Msg: msg, Err: cause}
}
