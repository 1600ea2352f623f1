package meta

import (
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
)

// codes are Meta's, of both its APIs: the older one's webhooks may still come.
var codes = provider.NewCodeTable(cloudapi.Codes, cloudapi.PermissionCodes, cloudapi.OnPremisesCodes)
