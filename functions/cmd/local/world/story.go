package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

const (
	storyPatience = 30 * time.Second
	storyLook     = 50 * time.Millisecond
	orderPath     = "/_ah/api/esb/v2/order/"
)

// chapter is one brand's story: what happened to whose order, and how far the message can be followed.
type chapter struct {
	title, account, order, subType string
	last                           message.Status
}

// chapters are the story of each provider. BusinessOnBot never tells what became of a message.
func chapters() []chapter {
	return []chapter{
		{"Neem & Co through its own Gupshup", NeemID, DevOrder, "failed_delivery", message.StatusRead},
		{"Marigold Home through Meta", MarigoldID, ArunOrder, "failed_delivery", message.StatusRead},
		{"Jasmine Wear through Kaleyra", JasmineID, LilaOrder, "failed_delivery", message.StatusRead},
		{"Anise Foods through BusinessOnBot", AniseID, OmarOrder, "delivered", message.StatusAccepted},
	}
}

// Story subscribes a shopper of each brand and sends one message, through the same URLs as everybody, and tells of it line
// by line. Every run is a new occurrence. What an earlier run left behind, such as a shopper's wrong attempts, may spoil one
// brand's story; the others are told all the same, and the only error is that of ctx.
func (w *World) Story(ctx context.Context, out io.Writer) error {
	return w.tellAll(ctx, out, chapters())
}

func (w *World) tellAll(ctx context.Context, out io.Writer, all []chapter) error {
	for i, c := range all {
		at := w.Clock.Now().Add(time.Duration(i) * time.Second).In(config.IST).Format(time.DateTime)
		err := w.tellChapter(ctx, out, c, at)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(out, "  this story ends here: %v\n", err)
		}
	}
	return nil
}

// tellChapter is one brand's story; at is when its event happens, by the platform's clock.
func (w *World) tellChapter(ctx context.Context, out io.Writer, c chapter, at string) error {
	fmt.Fprintf(out, "%s:\n", c.title)
	shopper, err := w.tellSubscribe(ctx, out, c)
	if err != nil {
		return err
	}
	event, err := shopper.event(c, at)
	if err != nil {
		return err
	}
	if err = w.call(ctx, http.MethodPost, "/local/events", event, http.StatusAccepted, nil); err != nil {
		return err
	}
	fmt.Fprintf(out, "  event       shipment/%s of order %s at %s (the platform's time, IST)\n", c.subType, c.order, at)
	return w.tellMessage(ctx, out, c, at)
}

// storyOrder is what the story reads of an order.
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
	Shipments []string `json:"externalShipmentIds"`
}

// event is what the platform would tell of the order's first shipment.
func (o storyOrder) event(c chapter, at string) ([]byte, error) {
	shipment := o.Number + "-1"
	if len(o.Shipments) > 0 {
		shipment = o.Shipments[0]
	}
	return json.Marshal(map[string]any{
		"resource": "shipment", "eventType": "PUT", "eventSubType": c.subType, "accountSlug": o.AccountSlug, "accountId": nil,
		"actor": "SYSTEM", "version": "v1", "request_data": []any{},
		"response_data": map[string]any{
			"customerOrderNumber": o.Number, "vendorOrderNumber": o.Vendor, "externalShipmentID": shipment,
			"externalChannelID": o.Channel, "order_id": json.Number(o.ID), "account_id": json.Number(c.account),
			"trackingID": "TRK-" + shipment, "courierName": "ExampleExpress", "status": c.subType, "remarks": "customer not reachable",
			"customerName": o.ShippingAddress.CustomerName, "customerContactNumber": o.ShippingAddress.ContactPhone,
			"email": o.ShippingAddress.Email, "status_updated_at": at, "status_log": map[string]string{c.subType: at},
		},
	})
}

// tellSubscribe has the shopper of the chapter's order subscribe.
func (w *World) tellSubscribe(ctx context.Context, out io.Writer, c chapter) (storyOrder, error) {
	var o storyOrder
	if err := w.call(ctx, http.MethodGet, orderPath+c.order, nil, http.StatusOK, &o); err != nil {
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
	if err := w.call(ctx, http.MethodPost, orderPath+c.order, body, http.StatusOK, &answer); err != nil {
		return o, err
	}
	fmt.Fprintf(out, "  subscribed  the shopper of order %s: the key was %q, the answer %q\n", c.order, o.Key, answer.Status)
	return o, nil
}

// tellMessage follows the chapter's message until it is read, or as far as the provider tells. A message that gets no
// further, such as one through an app that was left unable to send by an earlier run, is told as it is: what is served
// afterwards shows why.
func (w *World) tellMessage(ctx context.Context, out io.Writer, c chapter, occurred string) error {
	told := map[message.Status]bool{}
	var entry LogEntry
	deadline := w.Clock.Now().Add(storyPatience)
	for w.Clock.Now().Before(deadline) {
		now, found, err := w.storyEntry(ctx, c.order, occurred)
		if err != nil {
			return err
		}
		if found {
			entry = now
			tell(out, entry, told)
			if told[c.last] || over(entry.Status) {
				break
			}
		}
		if err := clock.Wait(ctx, w.Clock, storyLook); err != nil {
			return err
		}
	}
	if !told[c.last] {
		fmt.Fprint(out, unfinished(entry, w.URL+"/local/send-log?orderId="+c.order))
	}
	return nil
}

// over tells whether a message of this status gets no further while one watches.
func over(s message.Status) bool {
	return slices.Contains([]message.Status{message.StatusRefused, message.StatusDropped, message.StatusFailed, message.StatusHeld}, s)
}

// unfinished is the last line about a message that was not read.
func unfinished(e LogEntry, log string) string {
	state, why := string(e.Status), ""
	if state == "" {
		state = "nothing"
	}
	if e.HeldBy != "" {
		why = e.HeldBy + ": "
	}
	for n := len(e.Attempts); n > 0 && why == ""; n-- {
		if a := e.Attempts[message.Number(n)]; a.Class != "" {
			why = strings.TrimSpace(a.Class+" "+a.Code) + ": "
		}
	}
	return fmt.Sprintf("  %-11s %ssee %s\n", state, why, log)
}

func (w *World) storyEntry(ctx context.Context, orderID, occurred string) (LogEntry, bool, error) {
	entries, err := w.SendLog(ctx, orderID)
	if err != nil {
		return LogEntry{}, false, err
	}
	for _, e := range entries {
		if e.Occurred != nil && e.Occurred.In(config.IST).Format(time.DateTime) == occurred {
			return e, true, nil
		}
	}
	return LogEntry{}, false, nil
}

// what is sent: a template, or the event as it is where the provider has its own templates.
func what(e LogEntry) string {
	if e.Template == "" {
		return "the event"
	}
	return "template " + e.Template
}

// tell tells what is new of a message. The times are told in whole seconds, as most providers name them: beside our own in
// milliseconds a message would seem sent before it was accepted.
func tell(out io.Writer, e LogEntry, told map[message.Status]bool) {
	if !told[message.StatusSending] {
		told[message.StatusSending] = true
		if e.Reason != "" {
			fmt.Fprintf(out, "  decision    not sent: %s\n", e.Reason)
		} else {
			fmt.Fprintf(out, "  decision    send %s through app %s to %s\n", what(e), e.App, e.Phone)
		}
	}
	for _, status := range []message.Status{message.StatusAccepted, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		for _, a := range e.Attempts {
			at, reached := a.At[string(status)]
			if reached && !told[status] {
				told[status] = true
				fmt.Fprintf(out, "  %-11s %s\n", status, at.Local().Format(time.TimeOnly))
			}
		}
	}
}

// call makes a request of the story to the world's own URL.
func (w *World) call(ctx context.Context, method, path string, body []byte, want int, answer any) error {
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

// Guide says what to try.
func (w *World) Guide(out io.Writer) {
	guide := `
Serving on {URL}. Try, in another terminal:
  curl {URL}/_ah/api/esb/v2/order/51230077
  curl -X POST {URL}/_ah/api/esb/v2/order/51230077 -H 'Content-Type: application/json' \
    -d '{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}'
  curl -X POST {URL}/local/events --data-binary @testdata/events/shipment-failed_delivery.json
  curl {URL}/local/inbox/9000000001                     # also 9000000004 (Meta), 9000000005 (Kaleyra)
  curl {URL}/local/bot                                  # what BusinessOnBot was told
  curl '{URL}/local/send-log?orderId=51230077'
  curl -X POST {URL}/local/inbox/9000000001/reply -d '{"text":"STOP"}'
  curl -X PUT {URL}/local/faults -d '{"simulator":[{"system":"gupshup","path":"/template/msg","mode":"html_502_after","times":1}]}'
  curl -X DELETE {URL}/local/faults
Ctrl-C ends it.
`
	fmt.Fprint(out, strings.ReplaceAll(guide, "{URL}", w.URL))
}
