package console

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
)

// open is what a route needs that everybody may ask for.
const open access.Need = 0

// route is one thing that a request may ask for.
type route struct {
	method string
	// path is a pattern of [http.ServeMux] without its method: a name in braces stands for any segment.
	path string
	// need is what the caller must be allowed: at the account that the path names, else at the platform or at any account.
	need access.Need
	do   func(h *handler, c *call) error
}

// routes are all routes that need somebody, page by page. Those of the doors are in [door.open].
var routes = []route{
	{http.MethodGet, "/{$}", access.Read, (*handler).accounts},

	{http.MethodGet, "/accounts/{accountId}/replies", access.Read, (*handler).replies},
	{http.MethodPost, "/accounts/{accountId}/replies/retry", access.Write, (*handler).retryActions},
	{http.MethodGet, "/accounts/{accountId}/orders/{orderId}/evidence", access.Read, (*handler).evidenceOfOrder},
	{http.MethodGet, "/accounts/{accountId}/apps", access.Read, (*handler).apps},
	{http.MethodPost, "/accounts/{accountId}/apps/sender", access.Write, (*handler).chooseSender},
	{http.MethodGet, "/accounts/{accountId}/apps/new", access.Write, (*handler).newApp},
	{http.MethodPost, "/accounts/{accountId}/apps/new", access.Write, once((*handler).installApp)},
	{http.MethodGet, "/accounts/{accountId}/apps/{appId}", access.Read, (*handler).app},
	{http.MethodGet, "/accounts/{accountId}/apps/{appId}/standing", access.Read, (*handler).appStanding},
	{http.MethodPost, "/accounts/{accountId}/apps/{appId}/name", access.Write, (*handler).renameApp},
	{http.MethodPost, "/accounts/{accountId}/apps/{appId}/credential", access.Write, (*handler).rotateCredential},
	{http.MethodPost, "/accounts/{accountId}/apps/{appId}/verify", access.Write, (*handler).verifyApp},
	{http.MethodPost, "/accounts/{accountId}/apps/{appId}/webhook", access.Write, once((*handler).rotateWebhook)},
	{http.MethodPost, "/accounts/{accountId}/apps/{appId}/uninstall", access.Write, (*handler).uninstallApp},
	{http.MethodGet, "/accounts/{accountId}/consent", access.Read, (*handler).consent},
	{http.MethodPost, "/accounts/{accountId}/consent", access.Read, (*handler).findShopper},
	{http.MethodPost, "/accounts/{accountId}/consent/block", access.Operate, (*handler).blockNumber},
	{http.MethodPost, "/accounts/{accountId}/consent/import", access.Write, (*handler).importShoppers},
	{http.MethodGet, "/accounts/{accountId}/consent/{customerKey}", access.Read, (*handler).shopper},
	{http.MethodGet, "/accounts/{accountId}/consent/{customerKey}/erase", access.Write, (*handler).askErase},
	{http.MethodPost, "/accounts/{accountId}/consent/{customerKey}/erase", access.Write, (*handler).eraseShopper},
	{http.MethodGet, "/accounts/{accountId}/consent/{customerKey}/ledger-proof", access.Read, (*handler).ledgerProof},
	{http.MethodPost, "/accounts/{accountId}/consent/{customerKey}/said", access.Record, (*handler).recordSaid},

	{http.MethodGet, "/accounts/{accountId}/settings", access.Read, (*handler).settings},
	{http.MethodGet, "/accounts/{accountId}/settings/variables", access.Read, (*handler).variables},
	{http.MethodPost, "/accounts/{accountId}/settings/unexpected-replies", access.Write, (*handler).saveReplies},
	{http.MethodPost, "/accounts/{accountId}/settings/quiet-hours", access.Write, (*handler).saveQuiet},
	{http.MethodPost, "/accounts/{accountId}/settings/keywords", access.Write, (*handler).saveWords},
	{http.MethodPost, "/accounts/{accountId}/settings/category-changes", access.Write, (*handler).saveReclassed},
	{http.MethodPost, "/accounts/{accountId}/settings/account", access.Operate, (*handler).saveProfile},
	{http.MethodGet, "/accounts/{accountId}", access.Read, (*handler).home},
	{http.MethodGet, "/accounts/{accountId}/stream", access.Read, (*handler).homeStream},

	{http.MethodGet, "/accounts/{accountId}/stories", access.Read, (*handler).stories},
	{http.MethodPost, "/accounts/{accountId}/stories", access.Read, (*handler).search},
	{http.MethodGet, "/accounts/{accountId}/orders/{orderId}", access.Read, (*handler).story},
	{http.MethodGet, "/accounts/{accountId}/orders/{orderId}/stream", access.Read, (*handler).storyStream},
	{http.MethodPost, "/accounts/{accountId}/orders/{orderId}", access.Reveal, (*handler).reveal},
	{http.MethodGet, "/accounts/{accountId}/messages/{messageId}", access.Read, (*handler).message},

	{http.MethodGet, "/accounts/{accountId}/notifications", access.Read, (*handler).notifications},
	{http.MethodPost, "/accounts/{accountId}/notifications", access.Write, (*handler).saveNotifications},
	{http.MethodGet, "/accounts/{accountId}/notifications/{resource}/{eventSubType}", access.Read, (*handler).notification},
	{http.MethodPost, "/accounts/{accountId}/notifications/{resource}/{eventSubType}", access.Write, once((*handler).saveNotification)},
	{http.MethodPost, "/accounts/{accountId}/notifications/{resource}/{eventSubType}/preview", access.Read, (*handler).previewNotification},

	{http.MethodGet, "/accounts/{accountId}/history", access.Read, (*handler).history},
	{http.MethodGet, "/accounts/{accountId}/history/{version}", access.Read, (*handler).past},
	{http.MethodPost, "/accounts/{accountId}/history/{version}/revert", access.Write, (*handler).revert},

	{http.MethodGet, "/accounts/{accountId}/usage", access.Read, (*handler).usage},
	{http.MethodGet, "/accounts/{accountId}/usage.csv", access.Read, (*handler).usageTable},
	{http.MethodGet, "/accounts/{accountId}/usage/failed-deliveries", access.Read, (*handler).failedDeliveries},
	{http.MethodGet, "/accounts/{accountId}/usage/failed-deliveries.csv", access.Read, (*handler).failedTable},
	{http.MethodGet, "/accounts/{accountId}/usage/what-if", access.Read, (*handler).whatIf},

	{http.MethodGet, "/operations", access.Operate, (*handler).operations},
	{http.MethodGet, "/operations/dead-letters", access.Operate, (*handler).deadLetters},
	{http.MethodGet, "/operations/dead-letters/{topic}/{which}", access.Operate, (*handler).deadLetter},
	{http.MethodPost, "/operations/dead-letters/{topic}/{which}/try", access.Operate, (*handler).tryDeadLetters},
	{http.MethodPost, "/operations/dead-letters/{topic}/{which}/publish", access.Operate, (*handler).publishDeadLetters},
	{http.MethodPost, "/operations/dead-letters/{topic}/{which}/drop", access.Operate, (*handler).dropDeadLetters},
	{http.MethodPost, "/operations/dead-letters/{topic}/{which}/reveal", access.Operate, (*handler).revealDeadLetter},
	{http.MethodGet, "/operations/given-up", access.Operate, (*handler).givenUp},
	{http.MethodPost, "/operations/given-up", access.Operate, (*handler).reopenAll},
	{http.MethodPost, "/operations/given-up/one", access.Operate, (*handler).reopenOne},
	{http.MethodGet, "/operations/held", access.Operate, (*handler).held},
	{http.MethodGet, "/operations/apps", access.Operate, (*handler).platformApps},
	{http.MethodGet, "/operations/forms", access.Operate, (*handler).unknownForms},
	{http.MethodGet, "/operations/forms/{fingerprint}", access.Operate, (*handler).unknownForm},
	{http.MethodGet, "/operations/replay", access.Operate, (*handler).replay},
	{http.MethodGet, "/operations/notes", access.Operate, (*handler).notes},
}

// admits returns an error unless the caller may ask for the route. The use cases check that by themselves; here it comes before what is wrong
// with the request, and before anything is read.
func (one route) admits(c access.Caller, r *http.Request) error {
	id := r.PathValue("accountId")

	switch {
	case one.need == open:
		return nil
	case id != "" || one.need == access.Operate:
		return c.May(one.need, id)
	default:
		return c.MaySomewhere(one.need)
	}
}
