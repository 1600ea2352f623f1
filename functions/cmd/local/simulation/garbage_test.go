package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// Rubbish is something that nobody can read.
type Rubbish string

// The rubbish.
const (
	// NonsenseCallback is a callback of an unknown form.
	NonsenseCallback Rubbish = "a callback of an unknown form"
	// NonsenseBeside is a callback with a shopper's message and a broken one.
	NonsenseBeside Rubbish = "a broken message beside a good one"
	// NewerSchema is an event that a newer webhook has written.
	NewerSchema Rubbish = "an event of a newer schema"
	// NonsenseEvent and NonsenseOrder are messages on provider-events and order-events that are no events.
	NonsenseEvent Rubbish = "nonsense on provider-events"
	NonsenseOrder Rubbish = "nonsense on order-events"
)

// newerReads is after how many deliveries a newer build is there to read an event of a newer schema.
const newerReads = 5

// garbage marks what nobody can read.
func (s Step) garbage() string { return fmt.Sprintf("garbage %d.", s.ID) }

// thanks is what the shopper says beside garbage: nothing that changes anything.
func (s Step) thanks() string { return fmt.Sprintf("many thanks %d", s.ID) }

// litter brings us something that nobody can read.
func (w *World) litter(s Step) {
	w.note("%s: %s", s.name(), s.Rubbish)
	w.oracle.littered(s)

	nonsense := []byte(`{"what": "` + s.garbage() + `"}`)

	switch s.Rubbish {
	case NonsenseCallback:
		w.postRaw(s, nonsense)
	case NonsenseBeside:
		w.oracle.speaks(w.beside(s))
		w.postRaw(s, w.spoiled(s))
	case NewerSchema:
		w.publishRaw(world.ProviderEvents, []byte(`{"schema": 999, "kind": "status", "news": "`+s.garbage()+`"}`), w.origin(s.App))
	case NonsenseEvent:
		w.publishRaw(world.ProviderEvents, []byte(s.garbage()), w.origin(s.App))
	case NonsenseOrder:
		w.publishRaw(world.OrderEvents, []byte(s.garbage()), nil)
	}
}

// origin are the attributes of an event of an app.
func (w *World) origin(app int) map[string]string {
	a := w.plan.Apps[app]

	o := provider.Origin{Provider: a.Provider, AppID: a.ID}
	if a.Brand >= 0 {
		o.AccountID = w.plan.Brands[a.Brand].ID
	}

	return o.Attributes(provider.KindStatus)
}

func (w *World) publishRaw(topic string, data []byte, attributes map[string]string) {
	if _, err := w.order.Publish(w.ctx, &pb.PublishRequest{
		Topic: "projects/" + world.Project + "/topics/" + topic, Messages: []*pb.PubsubMessage{{Data: data, Attributes: attributes}},
	}); err != nil {
		w.oracle.find("the simulation cannot publish: %v", err)
	}
}

// besideID is the provider's id of what the shopper says beside garbage.
func (s Step) besideID() string { return "wamid." + s.thanks() }

// beside is what the shopper says beside garbage, which counts as if it had come alone.
func (w *World) beside(s Step) saying {
	said := saying{Step: s, app: s.App, id: s.besideID(), at: time.Now(), number: w.plan.Brands[s.Brand].Shoppers[s.Shopper].called()}
	said.Form, said.Word = "text", s.thanks()

	return said
}

// spoiled returns a callback in Meta's shape with two messages of shoppers, one of which has neither id nor sender nor text. All
// providers hand that shape on.
func (w *World) spoiled(s Step) []byte {
	v := w.vendor(s.App)
	said := w.beside(s)

	value := map[string]any{
		"messaging_product": "whatsapp",
		"metadata":          map[string]any{"display_phone_number": v.number, "phone_number_id": v.simulated},
		"messages": []any{
			map[string]any{
				"from": said.number, "id": said.id, "timestamp": fmt.Sprint(said.at.Unix()), "type": "text",
				"text": map[string]any{"body": said.Word},
			},
			map[string]any{"what": s.garbage()},
		},
	}

	body, err := json.Marshal(map[string]any{
		"object": "whatsapp_business_account",
		"entry":  []any{map[string]any{"id": v.waba, "changes": []any{map[string]any{"field": "messages", "value": value}}}},
		// What Gupshup adds.
		"gs_app_id": v.simulated,
	})
	if err != nil {
		panic(err) // made of strings
	}

	return body
}

// postRaw posts a body to an app's webhook as its provider would, until it is taken.
func (w *World) postRaw(s Step, body []byte) {
	a := w.plan.Apps[s.App]
	header := w.signature(s.App, body)
	header.Set("Content-Type", "application/json")

	path := strings.TrimPrefix(a.webhookOf(), functionsURL)

	for try := 1; try <= callbackTries; try++ {
		name := fmt.Sprintf("%s, post %d", s.name(), try)

		answer, err := w.callWebhook(context.WithoutCancel(w.ctx), name, http.MethodPost, path, header, body)
		if err == nil {
			_ = answer.Body.Close()
		}
		if err == nil && answer.StatusCode/100 == 2 {
			w.note("%s is taken", name)
			w.oracle.garbageTaken(s)

			return
		}

		time.Sleep(5*time.Second<<min(try, 8) + time.Duration(drawn(w.plan.Seed, int64(time.Second), "repost", name)))
	}

	w.oracle.find("%s: %s is not taken in %d posts", s.name(), s.Rubbish, callbackTries)
}

// readByNewer reports whether a copy was pushed often enough for a newer build to be there, which reads it.
func (c copyOf) readByNewer(attempt int) bool {
	return attempt >= newerReads && c.newerSchema()
}

// newerSchema reports whether a copy is of an event of a newer schema.
func (c copyOf) newerSchema() bool {
	return strings.HasPrefix(string(c.message.GetData()), `{"schema": 999`)
}
