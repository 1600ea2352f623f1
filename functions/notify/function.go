// Package notify is the Pub/Sub-triggered function that sends: a push subscription of order-events posts each platform
// event to it, and it decides, claims, sends and records.
package notify

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

func init() { functions.HTTP("Notify", service.Deployed("notify", New)) }
