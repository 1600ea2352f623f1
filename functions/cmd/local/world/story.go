package world

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

const (
	storyPatience = 30 * time.Second
	storyLook     = 50 * time.Millisecond
	orderPath     = "/_ah/api/esb/v2/order/"
)

// Story subscribes a shopper and sends one message, through the same URLs as everybody, and tells of it line by line. Every
// run is a new occurrence.
func (w *World) Story(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "The story of one message (Dev's parcel could not be delivered):")
	if err := w.tellSubscribe(ctx, out); err != nil {
		return err
	}
	occurred := w.Clock.Now().In(time.FixedZone("IST", 19800)).Format("2006-01-02 15:04:05")
	event, err := failedDelivery(occurred)
	if err != nil {
		return err
	}
	if err := w.call(ctx, http.MethodPost, "/local/events", event, http.StatusAccepted, nil); err != nil {
		return err
	}
	fmt.Fprintf(out, "  event       shipment/failed_delivery of order %s at %s\n", DevOrder, occurred)
	return w.tellMessage(ctx, out, occurred)
}

// tellSubscribe has the shopper of the story's order subscribe.
func (w *World) tellSubscribe(ctx context.Context, out io.Writer) error {
	var o struct {
		AccountSlug     string `json:"accountSlug"`
		Key             string `json:"isWhatsAppEnabledForNotifications"`
		ShippingAddress struct {
			ContactPhone string `json:"contactPhone"`
			CustomerName string `json:"customerName"`
			Email        string `json:"email"`
		} `json:"shippingAddress"`
	}
	if err := w.call(ctx, http.MethodGet, orderPath+DevOrder, nil, http.StatusOK, &o); err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{
		"contactPhone": o.ShippingAddress.ContactPhone, "customerName": o.ShippingAddress.CustomerName, "email": o.ShippingAddress.Email,
		"accountId": NeemID, "whatsAppStatus": "ACTIVE",
	})
	if err != nil {
		return err
	}
	var answer struct {
		Status string `json:"status"`
	}
	if err := w.call(ctx, http.MethodPost, orderPath+DevOrder, body, http.StatusOK, &answer); err != nil {
		return err
	}
	fmt.Fprintf(out, "  subscribed  the shopper of order %s: the key was %q, the answer %q\n", DevOrder, o.Key, answer.Status)
	return nil
}

// failedDelivery is the story's event with another time.
func failedDelivery(occurred string) ([]byte, error) {
	template, err := testdata.Files.ReadFile("events/shipment-failed_delivery-" + DevOrder + ".json")
	if err != nil {
		return nil, err
	}
	var e map[string]any
	decoder := json.NewDecoder(bytes.NewReader(template))
	decoder.UseNumber()
	if err := decoder.Decode(&e); err != nil {
		return nil, err
	}
	body, ok := e["response_data"].(map[string]any)
	if !ok {
		return nil, errors.New("the story's event has no response_data")
	}
	body["status_updated_at"] = occurred
	body["status_log"] = map[string]any{"failed_delivery": occurred}
	return json.Marshal(e)
}

// tellMessage follows the newest message of the story's order until it is read.
func (w *World) tellMessage(ctx context.Context, out io.Writer, occurred string) error {
	told := map[message.Status]bool{}
	deadline := w.Clock.Now().Add(storyPatience)
	for w.Clock.Now().Before(deadline) {
		entry, found, err := w.storyEntry(ctx, occurred)
		if err != nil {
			return err
		}
		if found {
			tell(out, entry, told)
			if told[message.StatusRead] || entry.Status == message.StatusRefused || entry.Status == message.StatusFailed {
				return nil
			}
		}
		if err := clock.Wait(ctx, w.Clock, storyLook); err != nil {
			return err
		}
	}
	return errors.New("the story's message was not read in time; the send log at /local/send-log?orderId=" + DevOrder + " tells why")
}

func (w *World) storyEntry(ctx context.Context, occurred string) (LogEntry, bool, error) {
	entries, err := w.SendLog(ctx, DevOrder)
	if err != nil {
		return LogEntry{}, false, err
	}
	for _, e := range entries {
		if e.Occurred != nil && e.Occurred.In(time.FixedZone("IST", 19800)).Format("2006-01-02 15:04:05") == occurred {
			return e, true, nil
		}
	}
	return LogEntry{}, false, nil
}

func tell(out io.Writer, e LogEntry, told map[message.Status]bool) {
	if !told[message.StatusSending] {
		told[message.StatusSending] = true
		if e.Reason != "" {
			fmt.Fprintf(out, "  decision    not sent: %s\n", e.Reason)
		} else {
			fmt.Fprintf(out, "  decision    send template %s through app %s to %s\n", e.Template, e.App, e.Phone)
		}
	}
	for _, status := range []message.Status{message.StatusAccepted, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		for _, a := range e.Attempts {
			at, reached := a.At[string(status)]
			if reached && !told[status] {
				told[status] = true
				fmt.Fprintf(out, "  %-11s %s\n", status, at.Local().Format("15:04:05.000"))
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
  curl {URL}/local/inbox/9000000001
  curl {URL}/local/send-log?orderId=51230077
  curl -X POST {URL}/local/inbox/9000000001/reply -d '{"text":"STOP"}'
  curl -X PUT {URL}/local/faults -d '{"simulator":[{"system":"gupshup","path":"/template/msg","mode":"html_502_after","times":1}]}'
  curl -X DELETE {URL}/local/faults
Ctrl-C ends it.
`
	fmt.Fprint(out, strings.ReplaceAll(guide, "{URL}", w.URL))
}
