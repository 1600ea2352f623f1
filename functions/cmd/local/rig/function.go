package rig

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
)

// Functions is one set of the functions, as one instance of each would be.
type Functions struct{ Notify, Receive, Webhook, Sweep, Subscribe http.Handler }

// Build builds a set of the functions as they are deployed.
func Build(ctx context.Context, f boot.Function) (all Functions, err error) {
	for _, function := range []struct {
		handler *http.Handler
		build   boot.Builder
	}{
		{&all.Notify, notify.New},
		{&all.Receive, receive.New},
		{&all.Webhook, webhook.New},
		{&all.Sweep, sweep.New},
		{&all.Subscribe, subscribe.New},
	} {
		if *function.handler, err = function.build(ctx, f); err != nil {
			return Functions{}, err
		}
	}

	return all, nil
}
