// Package sweep is the function that Cloud Scheduler calls every minute: it brings back what waits, settles what is in
// doubt, joins parked statuses and tries unhealthy apps.
package sweep

import (
	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

func init() { functions.HTTP("Sweep", service.Deployed("sweep", New)) }
