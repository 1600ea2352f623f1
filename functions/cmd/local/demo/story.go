package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// chapter is the story of one brand: an event of one order, and the last status that its message reaches.
type chapter struct {
	title, account, order, subType string
	last                           message.Status
}

// Opening is the order that the lab opens on once the stories were told: that of the first whose message comes to a phone.
const Opening = DevOrder

// chapters returns one story for each provider. BusinessOnBot reports no status after it has accepted a message.
func chapters() []chapter {
	return []chapter{
		{"Neem & Co through its own Gupshup", NeemID, DevOrder, "failed_delivery", message.StatusRead},
		{"Marigold Home through Meta", MarigoldID, ArunOrder, "failed_delivery", message.StatusRead},
		{"Jasmine Wear through Kaleyra", JasmineID, LilaOrder, "failed_delivery", message.StatusRead},
		{"Anise Foods through BusinessOnBot", AniseID, OmarOrder, "delivered", message.StatusAccepted},
	}
}

// Story subscribes a shopper of each brand and sends one message, through the public URLs, and prints each step. Every run is a
// new occurrence. If one brand's story fails, for instance because of what an earlier run left behind, the story says so and
// goes on; the only error it returns is that of ctx.
func Story(ctx context.Context, w *world.World, out io.Writer) error {
	fmt.Fprintln(out, "One message of each provider.")
	return tellAll(ctx, w, out, chapters())
}

func tellAll(ctx context.Context, w *world.World, out io.Writer, all []chapter) error {
	for _, c := range all {
		at := w.Clock.Now().In(config.IST).Format(time.DateTime)
		err := tellChapter(ctx, w, out, c, at)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(out, "  this story ends here: %v\n", err)
		}
	}

	return nil
}

// tellChapter tells one brand's story; at is when its event happens, by the platform's clock.
func tellChapter(ctx context.Context, w *world.World, out io.Writer, c chapter, at string) error {
	fmt.Fprintf(out, "%s:\n", c.title)
	shopper, err := tellSubscribe(ctx, w, out, c)
	if err != nil {
		return err
	}

	event, err := shopper.event(c, at)
	if err != nil {
		return err
	}
	if err = call(ctx, w, http.MethodPost, "/local/events", event, http.StatusAccepted, nil); err != nil {
		return err
	}

	fmt.Fprintf(out, "  event       shipment/%s of order %s at %s IST\n", c.subType, c.order, at)

	return tellMessage(ctx, w, out, c, at)
}

// storyOrder is the part of an order that the story reads.
type storyOrder struct {
	Number          string `json:"customerOrderNumber"`
	Vendor          string `json:"vendorOrderNumber"`
	Channel         string `json:"externalChannelID"`
	AccountSlug     string `json:"accountSlug"`
	ID              string `json:"orderId"`
	Key             string `json:"isWhatsAppEnabledForNotifications"`
	ShippingAddress struct {
		ContactPhone string `json:"contactPhone"`
		CustomerName string `json:"customerName"`
		Email        string `json:"email"`
	} `json:"shippingAddress"`
	Items []struct {
		Forward struct {
			TrackingID string `json:"trackingID"`
		} `json:"forwardTrackingTimeline"`
	} `json:"items"`
}

// trackingID is the courier's number of the order's first parcel, by which the platform shows in the order what the event tells.
func (o storyOrder) trackingID() string {
	if len(o.Items) == 0 {
		return ""
	}

	return o.Items[0].Forward.TrackingID
}

// event returns the platform's event about a shipment of the order that is made up for the run: a delivery is told once a
// shipment.
func (o storyOrder) event(c chapter, at string) ([]byte, error) {
	shipment := o.Number + "-" + strings.NewReplacer("-", "", " ", "", ":", "").Replace(at)

	return json.Marshal(map[string]any{
		"resource": "shipment", "eventType": "PUT", "eventSubType": c.subType, "accountSlug": o.AccountSlug, "accountId": nil,
		"actor": "SYSTEM", "version": "v1", "request_data": []any{},
		"response_data": map[string]any{
			"customerOrderNumber": o.Number, "vendorOrderNumber": o.Vendor, "externalShipmentID": shipment,
			"externalChannelID": o.Channel, "order_id": json.Number(o.ID), "account_id": json.Number(c.account),
			"trackingID": o.trackingID(), "courierName": "ExampleExpress", "status": c.subType, "remarks": "customer not reachable",
			"customerName": o.ShippingAddress.CustomerName, "customerContactNumber": o.ShippingAddress.ContactPhone,
			"email": o.ShippingAddress.Email, "status_updated_at": at, "status_log": map[string]string{c.subType: at},
		},
	})
}

// tellSubscribe has the shopper of the chapter's order subscribe.
func tellSubscribe(ctx context.Context, w *world.World, out io.Writer, c chapter) (storyOrder, error) {
	var o storyOrder
	if err := call(ctx, w, http.MethodGet, world.OrderPath+c.order, nil, http.StatusOK, &o); err != nil {
		return o, err
	}

	body, err := json.Marshal(map[string]string{
		"contactPhone": o.ShippingAddress.ContactPhone, "customerName": o.ShippingAddress.CustomerName, "email": o.ShippingAddress.Email,
		"accountId": c.account, "whatsAppStatus": "ACTIVE",
	})
	if err != nil {
		return o, err
	}

	var answer struct {
		Status string `json:"status"`
	}
	if err := call(ctx, w, http.MethodPost, world.OrderPath+c.order, body, http.StatusOK, &answer); err != nil {
		return o, err
	}

	fmt.Fprintf(out, "  subscribed  the shopper of order %s: the key was %q, the answer %q\n", c.order, o.Key, answer.Status)

	return o, nil
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
