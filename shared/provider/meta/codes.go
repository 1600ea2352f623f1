package meta

import (
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// routePage is where Meta says which templates each of its two routes takes.
const routePage = "developers.facebook.com/documentation/business-messaging/whatsapp/marketing-messages/route-template-messages: "

// routeCodes say that a template went by the route of another category (CONTRACT.md section 2.6). Only this provider has two routes:
// the same codes fail a message at others, where another route cannot help.
var routeCodes = []provider.CodeRow{
	provider.Code("131055", provider.OtherCategory, routePage+"only marketing templates are taken here"),
	provider.Code("131063", provider.OtherCategory, routePage+"marketing templates are not taken here any more"),
	provider.Code("134100", provider.OtherCategory, routePage+"the template is not a marketing template"),
}

// codes are Meta's, of both its APIs: the older one's webhooks may still come.
var codes = provider.NewCodeTable(routeCodes, cloudapi.Codes, cloudapi.PermissionCodes, cloudapi.OnPremisesCodes)
