package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// peoplePath is where the local door's picker is.
const peoplePath = "/people"

// localDoor lets in whoever picks one of the people that there might be.
type localDoor struct {
	sessions  *sessions
	workspace *settings.Workspace
	// links are there as well, so that one that workspace makes can be followed.
	links linkDoor
}

func (d localDoor) whose(r *http.Request) (access.Caller, error) { return d.sessions.whose(r) }

func (d localDoor) wayIn() string { return peoplePath }

func (d localDoor) leave() string { return peoplePath + "/leave" }

func (d localDoor) open() []route {
	return append(
		d.links.routes(),
		route{http.MethodGet, peoplePath, open, d.pick},
		route{http.MethodPost, peoplePath, open, d.enter},
		route{http.MethodPost, peoplePath + "/leave", open, d.out},
	)
}

// refused sends a browser to the picker, and back to where it wanted to go.
func (d localDoor) refused(c *call, cause error) error {
	if c.r.Method != http.MethodGet && c.r.Method != http.MethodHead {
		return withWords(cause, "your session is over; pick again who you are")
	}

	next := ""
	if path := c.r.URL.RequestURI(); path != "/" {
		next = "?next=" + url.QueryEscape(path)
	}

	return c.redirect(peoplePath + next)
}

// demoPerson is somebody who may be picked.
type demoPerson struct {
	// Key is what the form sends: the role, and the account's id.
	Key, Name, What string
}

// demoPeople are those of a brand.
type demoPeople struct {
	Brand, ID string
	People    []demoPerson
}

// roles are the people of a brand, by their role.
var roles = []struct {
	role       access.Role
	name, what string
}{
	{access.Editor, "Asha", "runs the brand: changes settings"},
	{access.Viewer, "Vikram", "looks, and changes nothing"},
	{access.Support, "Sana", "helps shoppers: may see a number"},
}

// platformPerson is the platform's operator.
const platformPerson = "Priya"

func (d localDoor) pick(_ *handler, c *call) error {
	var brands []demoPeople

	for after := ""; ; {
		all, next, err := d.workspace.Accounts(c.r.Context(), access.Caller{Role: access.Platform, All: true}, after, 100)
		if err != nil {
			return err
		}

		for _, a := range all {
			brand := demoPeople{Brand: a.Name, ID: a.ID}
			for _, r := range roles {
				brand.People = append(brand.People, demoPerson{string(r.role) + ":" + a.ID, r.name, r.what})
			}

			brands = append(brands, brand)
		}

		if after = next; next == "" {
			break
		}
	}

	return c.show("people", pageView{Title: "Who are you?"}, struct {
		Next     string
		Platform demoPerson
		Brands   []demoPeople
	}{localPath(c.r.URL.Query().Get("next")), demoPerson{string(access.Platform), platformPerson, "operates the platform: may do everything"}, brands})
}

func (d localDoor) enter(_ *handler, c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	caller, err := d.person(c.r.Context(), c.sent.Get("person"))
	if err != nil {
		return err
	}
	if err = d.sessions.begin(c.r.Context(), c.w, caller); err != nil {
		return err
	}

	next := localPath(c.sent.Get("next"))
	if next == "" {
		next = "/"
	}

	return c.redirect(next)
}

// person returns who was picked.
func (d localDoor) person(ctx context.Context, key string) (access.Caller, error) {
	role, id, _ := strings.Cut(key, ":")
	platform := access.Caller{Subject: "local:" + platformPerson, Name: platformPerson + " of the platform", Role: access.Platform, All: true}

	if role == string(access.Platform) && id == "" {
		return platform, nil
	}

	for _, r := range roles {
		if string(r.role) != role {
			continue
		}

		a, err := d.workspace.Account(ctx, platform, id)
		if err != nil {
			return access.Caller{}, err
		}

		return access.Caller{
			Subject:  "local:" + r.name + ":" + id,
			Name:     r.name + " of " + a.Name,
			Role:     r.role,
			Accounts: []string{id},
		}, nil
	}

	return access.Caller{}, fault.Field("person", "must be one of those shown")
}

func (d localDoor) out(_ *handler, c *call) error {
	d.sessions.end(c.w)
	return c.redirect(peoplePath)
}

// localPath returns a path of the console that a form or a query brought, and nothing for an address of somebody else's.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.Contains(path, `\`) {
		return "" // a browser takes more for an address than url does, such as one with a backslash
	}

	return path
}
