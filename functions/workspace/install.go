package workspace

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// installRoute is the route that installs an app, which stands in for the page of a portal that is not known.
const installRoute = "/v1/accounts/{accountId}/apps"

// installLink is where an app is installed for an account.
func (h *handler) installLink(accountID string) string {
	return strings.ReplaceAll(cmp.Or(h.installPage, installRoute), "{accountId}", url.PathEscape(accountID))
}

// appName names an app where the answer is about something of it.
type appName struct {
	AppID     string            `json:"appId"`
	Name      string            `json:"name"`
	Provider  string            `json:"provider"`
	Ownership message.Ownership `json:"ownership"`
}

// nameOf returns the app's name; nil if there is no app.
func nameOf(app account.App) *appName {
	if app.ID == "" {
		return nil
	}

	return &appName{AppID: app.ID, Name: app.Name, Provider: app.Provider, Ownership: app.Ownership}
}
