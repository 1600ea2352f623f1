package scenario

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// changeTemplate has WhatsApp change a template of an app.
func (a *Actor) changeTemplate(ctx context.Context, s Step) (Said, error) {
	t := *s.Template

	body := map[string]string{"app": s.App, "template": t.ID}
	for key, value := range map[string]string{
		"status":    t.Status,
		"reason":    t.Reason,
		"category":  t.Category,
		"announced": t.Announced,
		"text":      t.Text,
	} {
		if value != "" {
			body[key] = value
		}
	}

	return Said{Words: "WhatsApp changes a template of " + s.App}, a.call(ctx, http.MethodPost, "/local/templates", body, nil)
}

// setKey gives an app another key at its provider. The one that we have is refused from now on.
func (a *Actor) setKey(ctx context.Context, s Step) (Said, error) {
	app, err := a.app(ctx, s.App)
	if err != nil {
		return Said{}, err
	}

	return Said{Words: "the key of " + s.App + " is revoked at its provider, and another one made"},
		a.Simulator.Gupshup().SetAPIKey(app.ProviderIDs[gupshup.KeyAppID], s.Key)
}

// app returns an installed app of Gupshup, whose simulator changes keys and whose callbacks nobody signs.
func (a *Actor) app(ctx context.Context, id string) (account.App, error) {
	for last := ""; ; {
		page, err := a.Store.Accounts(ctx, last, pageOfAccounts)
		if err != nil {
			return account.App{}, err
		}

		for _, brand := range page {
			if app, installed := brand.App(id); installed && app.Provider == gupshup.Name {
				return app, nil
			}

			last = brand.ID
		}

		if len(page) < pageOfAccounts {
			return account.App{}, fault.Field("app", "is no app at Gupshup that a brand has installed")
		}
	}
}

// pageOfAccounts is how many accounts are read at once.
const pageOfAccounts = 100

// tokenPrefix begins the name of the secret that has the token of an app's first webhook address.
const tokenPrefix = "webhook-token-"

// forge has a stranger, who knows the first address of an app's webhook, post a message in a shopper's name. It is taken, or has to be turned down, as the
// step says.
func (a *Actor) forge(ctx context.Context, s Step) (Said, error) {
	app, err := a.app(ctx, s.App)
	if err != nil {
		return Said{}, err
	}

	token, err := a.Cloud.Secrets().AccessSecretVersion(ctx, &secretmanagerpb.AccessSecretVersionRequest{
		Name: "projects/" + a.Project + "/secrets/" + tokenPrefix + s.App + "/versions/latest",
	})
	if err != nil {
		return Said{}, fault.Field("app", "has no webhook whose address is known here")
	}

	number := digitsOf(s.Phone)
	now := a.Clock.Now().UnixMilli()
	body := map[string]any{
		"app":       app.ProviderIDs[gupshup.KeyAppName],
		"timestamp": now,
		"version":   2,
		"type":      "message",
		"payload": map[string]any{
			"id":      "wamid.FORGED" + strconv.FormatInt(now, 10),
			"source":  number,
			"type":    "text",
			"payload": map[string]string{"text": s.Text},
			"sender":  map[string]string{"phone": number, "name": "Shopper"},
		},
	}

	err = a.call(ctx, http.MethodPost, "/webhook/"+app.Provider+"/"+string(token.GetPayload().GetData()), body, nil)

	switch {
	case s.Refused && err == nil:
		return Said{}, errors.New("a stranger's message is taken, and was to be turned down")
	case s.Refused && errors.Is(err, errRefused):
		return Said{Words: "a stranger's message in the shopper's name is turned down"}, nil
	default:
		return Said{Words: "a stranger writes in the shopper's name"}, err
	}
}

// orderEvents is the topic of the platform's events.
const orderEvents = "order-events"

// keepDead keeps an event, or a text that nobody can read, as a dead letter, as a build does that reads none.
func (a *Actor) keepDead(ctx context.Context, s Step) (Said, error) {
	data, what := []byte(s.Text), "a text that nobody can read"

	if s.Event != "" {
		var err error
		if data, err = a.event(ctx, s, a.Clock.Now().In(a.Zone)); err != nil {
			return Said{}, err
		}

		what = s.Event + " of order " + s.Order
	}

	answer, err := a.Cloud.PubSub().Publish(ctx, &pubsubpb.PublishRequest{
		Topic: "projects/" + a.Project + "/topics/" + orderEvents + "-dead",
		Messages: []*pubsubpb.PubsubMessage{{
			Data:       bytes.Clone(data),
			Attributes: map[string]string{"source": orderEvents, "CloudPubSubDeadLetterSourceDeliveryCount": "1"},
		}},
	})
	if err != nil {
		return Said{}, err
	}

	return Said{Words: "a dead letter: " + what, ID: answer.GetMessageIds()[0]}, nil
}

// messageID returns the id of a message on a phone by its number: of those that it shows, or for a change of those that its owner wrote.
func (a *Actor) messageID(number, kind string, n int) (string, error) {
	ids := a.answerable(number, kind)
	if n > len(ids) {
		return "", fault.Field("message", fmt.Sprintf("is %d, and the phone has %d", n, len(ids)))
	}

	return ids[n-1], nil
}
