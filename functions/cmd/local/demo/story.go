package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// chapter is the story of one brand: an event of one order, and the last status that its message reaches.
type chapter struct {
	title, order, subType string
	last                  message.Status
}

// Opening is the order that the lab opens on once the stories were told: that of the first whose message comes to a phone.
const Opening = DevOrder

// chapters returns one story for each provider. BusinessOnBot reports no status after it has accepted a message.
func chapters() []chapter {
	return []chapter{
		{"Neem & Co through its own Gupshup", DevOrder, "failed_delivery", message.StatusRead},
		{"Marigold Home through Meta", ArunOrder, "failed_delivery", message.StatusRead},
		{"Jasmine Wear through Kaleyra", LilaOrder, "failed_delivery", message.StatusRead},
		{"Anise Foods through BusinessOnBot", OmarOrder, "delivered", message.StatusAccepted},
	}
}

// Story subscribes a shopper of each brand and sends one message, through the public URLs, and prints each step. Every run is a
// new occurrence, and the beginning of the order's story in that run. If one brand's story fails, for instance because of what an earlier run left behind, the story says so and
// goes on; the only error it returns is that of ctx.
func Story(ctx context.Context, w *world.World, out io.Writer) error {
	fmt.Fprintln(out, "One message of each provider.")
	return tellAll(ctx, w, out, chapters())
}

func tellAll(ctx context.Context, w *world.World, out io.Writer, all []chapter) error {
	for _, c := range all {
		err := tellChapter(ctx, w, out, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(out, "  this story ends here: %v\n", err)
		}
	}

	return nil
}

// tellChapter tells one brand's story. Its steps are those of the world's actor, so that they are part of the story of the order that can be saved.
func tellChapter(ctx context.Context, w *world.World, out io.Writer, c chapter) error {
	fmt.Fprintf(out, "%s:\n", c.title)
	if err := tellSubscribe(ctx, w, out, c); err != nil {
		return err
	}

	// A delivery is told once a shipment, so that each run tells of another.
	parcel, err := w.Actor().NewParcel(ctx, c.order)
	if err != nil {
		return err
	}

	said, err := w.Actor().Do(ctx, scenario.Step{Do: scenario.Event, Order: c.order, Event: order.Shipment + "/" + c.subType, Parcel: parcel})
	if err != nil {
		return err
	}

	at := said.At.In(config.IST).Format(time.DateTime)
	fmt.Fprintf(out, "  event       shipment/%s of order %s at %s IST\n", c.subType, c.order, at)

	return tellMessage(ctx, w, out, c, at)
}

// tellSubscribe has the shopper of the chapter's order subscribe.
func tellSubscribe(ctx context.Context, w *world.World, out io.Writer, c chapter) error {
	var before struct {
		Key string `json:"isWhatsAppEnabledForNotifications"`
	}
	if err := call(ctx, w, http.MethodGet, world.OrderPath+c.order, nil, http.StatusOK, &before); err != nil {
		return err
	}

	said, err := w.Actor().Do(ctx, scenario.Step{Do: scenario.Subscribe, Order: c.order})
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "  subscribed  the shopper of order %s: the key was %q, the answer %q\n", c.order, before.Key, said.Answer)

	return nil
}

// call makes a request to the world. The answer must have the status want; it is read into answer unless that is nil.
func call(ctx context.Context, w *world.World, method, path string, body []byte, want int, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, w.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}

	req.Header.Set("Content-Type", "application/json")

	resp, err := w.Parts.Client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()

	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}

	if resp.StatusCode != want {
		return fmt.Errorf("%s %s answered %d: %s", method, path, resp.StatusCode, got)
	}
	if answer == nil {
		return nil
	}

	return json.Unmarshal(got, answer)
}
