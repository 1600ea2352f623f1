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
func Build(ctx context.Context, f boot.Function) (Functions, error) {
	return buildEach(ctx, func(string) boot.Function { return f })
}

// buildEach builds a set of the functions, each with what it is given under its name.
func buildEach(ctx context.Context, given func(name string) boot.Function) (all Functions, err error) {
	for _, function := range []struct {
		name    string
		handler *http.Handler
		build   boot.Builder
	}{
		{"notify", &all.Notify, notify.New},
		{"receive", &all.Receive, receive.New},
		{"webhook", &all.Webhook, webhook.New},
		{"sweep", &all.Sweep, sweep.New},
		{"subscribe", &all.Subscribe, subscribe.New},
	} {
		if *function.handler, err = function.build(ctx, given(function.name)); err != nil {
			return Functions{}, err
		}
	}

	return all, nil
}
