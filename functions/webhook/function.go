// Package webhook is the function that providers call. It does no business: it verifies the raw body, splits it into
// events, makes them durable in one batch, and acknowledges.
package webhook

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

func init() { functions.HTTP("Webhook", service.Deployed("webhook", New)) }
