package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/signin"
)

// consoleLinkBody is what a link into the console is to be. Each of its fields may be missing.
type consoleLinkBody struct {
	Role   access.Role        `json:"role"`
	Path   string             `json:"path"`
	Person *consolePersonBody `json:"person"`
}

// consolePersonBody is whom a portal's link is for.
type consolePersonBody struct {
	ID   string `json:"id" api:"required"`
	Name string `json:"name" api:"required"`
}

// makeConsoleLink answers with a link into the console. Its address is in the answer alone, since who has it is let in.
func (h *handler) makeConsoleLink(c *call) error {
	var body consoleLinkBody
	if err := c.decode(&body); err != nil {
		return err
	}

	ask := signin.Ask{Role: body.Role, Path: body.Path}
	if body.Person != nil {
		ask.Person = &signin.Person{ID: body.Person.ID, Name: body.Person.Name}
	}

	link, err := h.Links.Mint(c.r.Context(), c.caller, c.args["accountId"], ask)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusCreated, struct {
		URL       string `json:"url"`
		ExpiresAt string `json:"expiresAt"`
	}{link.URL, moment(link.ExpiresAt)})
}
