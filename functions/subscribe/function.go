// Package subscribe is the customer portal's function: it shows an order with the key that tells whether its shopper gets
// WhatsApp messages, and it subscribes the shopper or takes the subscription back.
package subscribe

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

func init() { functions.HTTP("Subscribe", service.Deployed("subscribe", New)) }
