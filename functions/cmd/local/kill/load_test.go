package kill_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// occurrence is one happening that must become one message. Its order number is in the message's text, and so tells which
// of the messages that the provider took it is.
type occurrence struct {
	brand    brand
	shopper  string
	order    string
	number   string
	occurred time.Time
}

// plan makes n occurrences for shoppers who get several each; every second one is the next failed delivery of the shipment
// before.
func plan(brands []brand, shoppers, n int) []occurrence {
	began := time.Now().In(config.IST).Add(-time.Duration(n/shoppers+1) * time.Minute) // a message in doubt is not sent once its event is a day old
	all := make([]occurrence, n)
	for i := range all {
		shopper, round := i%shoppers, i/shoppers
		all[i] = occurrence{
			brand: brands[shopper%len(brands)], shopper: number(shopper), number: fmt.Sprintf("K-%d", i),
			order:    fmt.Sprint(61_000_000 + shopper*1000 + round/2),
			occurred: began.Add(time.Duration(round) * time.Minute),
		}
	}
	return all
}

// event is the occurrence as the platform tells of it.
func (o occurrence) event() ([]byte, error) {
	sample, err := testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	if err != nil {
		return nil, err
	}
	var e map[string]any
	if err := json.Unmarshal(sample, &e); err != nil {
		return nil, err
	}
	body, ok := e["response_data"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the sample has no response_data")
	}
	at := o.occurred.Format(time.DateTime)
	e["accountSlug"] = o.brand.slug
	maps.Copy(body, map[string]any{
		"account_id": json.Number(o.brand.account), "order_id": json.Number(o.order), "externalShipmentID": "S-" + o.order,
		"trackingID": "T-" + o.order, "customerOrderNumber": o.number, "customerContactNumber": o.shopper[2:],
		"customerName": "Ira Sample", "status_updated_at": at, "status_log": map[string]any{"failed_delivery": at},
	})
	return json.Marshal(e)
}

// publish publishes an occurrence until that is acknowledged, as the platform does.
func (r *rig) publish(ctx context.Context, o occurrence) error {
	data, err := o.event()
	if err != nil {
		return err
	}
	for {
		if _, err = r.events.Publish(ctx, queue.Message{Data: data}); err == nil {
			return nil
		}
		if werr := clock.Wait(ctx, clock.Real{}, 50*time.Millisecond); werr != nil {
			return fmt.Errorf("publish %s: %w", o.number, err)
		}
	}
}

// promise is a callback that the webhook has acknowledged.
type promise struct {
	brand brand
	// reply is the inbound message's id, of a shopper's message; else it is a report that the message was sent.
	reply string
	// message is the provider's id of the message that a report is of, number its order's, at the time reported.
	message, number string
	at              time.Time
}

// promises are the callbacks acknowledged so far.
type promises struct {
	mu  sync.Mutex
	all []promise
}

func (p *promises) add(one promise) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
}

func (p *promises) list() []promise {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]promise(nil), p.all...)
}

// writeReply posts what a shopper wrote as Gupshup does, until the webhook acknowledges it.
func (r *rig) writeReply(ctx context.Context, p *promises, o occurrence, n int) error {
	id := fmt.Sprintf("wamid.KILL%06d", n)
	err := r.call(ctx, o.brand, "message", map[string]any{
		"id": id, "source": o.shopper, "type": "text", "payload": map[string]any{"text": fmt.Sprintf("answer %d", n)},
		"sender": map[string]any{"phone": o.shopper, "name": "Ira Sample"},
	})
	if err == nil {
		p.add(promise{brand: o.brand, reply: id})
	}
	return err
}

// reportSent posts a report that an accepted message was sent, with a time earlier than that of any other report, until the
// webhook acknowledges it.
func (r *rig) reportSent(ctx context.Context, p *promises, b brand, a simulator.Accepted) error {
	at := a.At.Truncate(time.Second).Add(-time.Second)
	err := r.call(ctx, b, "message-event", map[string]any{
		"id": a.MessageID, "gsId": a.MessageID, "type": "sent", "destination": a.Destination, "payload": map[string]any{"ts": at.Unix()},
	})
	if err == nil {
		p.add(promise{brand: b, message: a.MessageID, number: numberOf(a), at: at})
	}
	return err
}

// call posts a callback until it is acknowledged.
func (r *rig) call(ctx context.Context, b brand, kind string, payload any) error {
	body, err := json.Marshal(map[string]any{
		"app": b.name, "timestamp": time.Now().UnixMilli(), "version": 2, "type": kind, "payload": payload,
	})
	if err != nil {
		return err
	}
	for {
		status, err := r.post(ctx, r.hook(b), body)
		if err == nil && status == http.StatusOK {
			return nil
		}
		if werr := clock.Wait(ctx, clock.Real{}, 50*time.Millisecond); werr != nil {
			return fmt.Errorf("callback %s: status %d, %w", kind, status, werr)
		}
	}
}

func (r *rig) post(ctx context.Context, url string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if cerr := resp.Body.Close(); err == nil {
		err = cerr
	}
	return resp.StatusCode, err
}

// numberOf is the order number in an accepted message.
func numberOf(a simulator.Accepted) string {
	if len(a.Params) != 2 {
		return ""
	}
	return a.Params[1]
}

// burst is how many occurrences are published and callbacks posted at once: a process that dies over them leaves several
// behind at different points.
const burst = 20

// load publishes the occurrences and posts the callbacks in bursts, evenly over the time, and returns once all are
// acknowledged. It sends a signal on bursts for each burst.
func (r *rig) load(ctx context.Context, all []occurrence, callbacks int, over time.Duration, p *promises, bursts chan<- struct{}) error {
	var running errgroup.Group
	began, n, reported := time.Now(), max(len(all), callbacks), 0
	for i := range n {
		if i%burst == 0 {
			if err := clock.Wait(ctx, clock.Real{}, time.Until(began.Add(over*time.Duration(i)/time.Duration(n)))); err != nil {
				return err
			}
			select {
			case bursts <- struct{}{}:
			default:
			}
		}
		if i < len(all) {
			running.Go(func() error { return r.publish(ctx, all[i]) })
		}
		if i >= callbacks {
			continue
		}
		// Every third callback is a report on a message that has none yet of ours, as far as there is one.
		if accepted := r.sim.Log().Accepted(); i%3 == 0 && reported < len(accepted) {
			a := accepted[reported]
			reported++
			running.Go(func() error { return r.reportSent(ctx, p, r.brandOf(a.AppID), a) })
			continue
		}
		running.Go(func() error { return r.writeReply(ctx, p, all[i%len(all)], i) })
	}
	return running.Wait()
}

func (r *rig) brandOf(simulated string) brand {
	for _, b := range r.brands {
		if b.simulated == simulated {
			return b
		}
	}
	return brand{}
}

// replyID is the document of an acknowledged reply.
func (p promise) replyID() string { return store.ReplyID(gupshup.Name, p.brand.app, p.reply) }
