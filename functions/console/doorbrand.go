package console

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
)

// brandCookie is the cookie of people of brands. Only this host can set one of its name, and only over TLS. In a frame of another site's page it
// is sent only if it says so; then it is kept apart for each such site.
func brandCookie(framed bool) http.Cookie {
	cookie := http.Cookie{
		Name:     "__Host-console",
		HttpOnly: true,
		Secure:   true,
		SameSite: http.SameSiteLaxMode,
	}
	if framed {
		cookie.SameSite, cookie.Partitioned = http.SameSiteNoneMode, true
	}

	return cookie
}

// linkDoor lets in whoever follows a link that workspace has made.
type linkDoor struct {
	links    *signin.Links
	sessions *sessions
}

// enterPath is where links lead.
const enterPath = "/enter/{token}"

func (d linkDoor) routes() []route {
	return []route{
		{http.MethodGet, enterPath, open, d.ask},
		{http.MethodPost, enterPath, open, d.enter},
	}
}

// entering is what the page of a link shows.
type entering struct {
	// Path is the link's, which the page's one button posts to; empty of a link that is over.
	Path string
	// Why says why a link lets nobody in.
	Why string
}

// ask shows the link's one button. To get the page does not use the link up: programs that look at what a link shows get it too.
func (d linkDoor) ask(_ *handler, c *call) error {
	return c.show("enter", pageView{Title: "Open the console", Bare: true}, entering{Path: c.r.URL.EscapedPath()})
}

// enter lets in who pressed the button, if the link is good.
func (d linkDoor) enter(_ *handler, c *call) error {
	// A link can be used once: without the key it would be gone, and nobody be in.
	if err := d.sessions.ready(c.ctx()); err != nil {
		return err
	}

	caller, path, err := d.links.Redeem(c.ctx(), c.r.PathValue("token"))
	if fault.Is(err, fault.NotFound) {
		_, why := fault.Public(err)
		return c.showWith(http.StatusNotFound, "enter", pageView{Title: "This link is over", Bare: true}, entering{Why: why})
	}
	if err != nil {
		return err
	}

	if err = d.sessions.begin(c.ctx(), c.w, caller); err != nil {
		return err
	}

	return c.redirect(path)
}

// brandDoor lets in people of brands, by a link from their portal.
type brandDoor struct{ linkDoor }

func (d brandDoor) whose(r *http.Request) (access.Caller, error) { return d.sessions.whose(r) }

func (d brandDoor) refused(_ *call, cause error) error {
	return withWords(cause, "open the console from your portal; it lets you in for 30 minutes at a time")
}

func (d brandDoor) wayIn() string { return "" }

func (d brandDoor) leave() string { return leavePath }

// leftPath is the page after signing out.
const leftPath = "/left"

func (d brandDoor) open() []route {
	return append(d.routes(),
		route{http.MethodPost, leavePath, open, func(_ *handler, c *call) error {
			d.sessions.end(c.w)
			return c.redirect(leftPath)
		}},
		route{http.MethodGet, leftPath, open, func(_ *handler, c *call) error {
			return c.show("enter", pageView{Title: "You are signed out", Bare: true}, entering{Why: "to come back, open the console from your portal"})
		}},
	)
}
