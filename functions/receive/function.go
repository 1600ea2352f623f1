// Package receive is the Pub/Sub-triggered function that takes what providers told webhook: statuses, prices, replies,
// changes of templates, accounts and preferences.
package receive

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

func init() { functions.HTTP("Receive", service.Deployed("receive", New)) }
