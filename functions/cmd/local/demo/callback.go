package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Subscribing gets a timeout and tries of its own, however short the functions' timeouts are: a provider may call the webhook
// before it answers, and on a busy machine that may fail several times.
const (
	subscribeTimeout = 30 * time.Second
	subscribeTries   = 10
)

// webhookURL is where a provider posts the callbacks of the app with the token.
func webhookURL(w *world.World, name, token string) string {
	return w.URL + "/webhook/" + name + "/" + token
}

// subscribeApp has the provider send the app's callbacks to our webhook.
func subscribeApp(ctx context.Context, w *world.World, name string, app provider.App, token string) error {
	p, _ := w.Parts.Providers.Get(name)
	subscriber, ok := p.(provider.Subscriber)
	if !ok {
		return fmt.Errorf("%s cannot subscribe", name)
	}

	client := httpx.Client(subscribeTimeout, w.URL)
	defer client.CloseIdleConnections()

	var err error
	for range subscribeTries {
		_, err = subscriber.Subscribe(ctx, client, app, webhookURL(w, name, token))
		if err == nil || ctx.Err() != nil {
			break
		}
	}

	return err
}
