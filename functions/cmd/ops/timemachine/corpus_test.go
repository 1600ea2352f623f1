package timemachine

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/scratch"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// The corpus is a day of one brand, made from a seed by the product itself on a clock of its own: some events of the day before, those of the day,
// and some of the day after. In it shoppers subscribe, take it back and write STOP, settings change, quiet hours come and end, and events come
// twice, late, after what supersedes them and while they are off.
const (
	day      = billing.Day("2024-02-15")
	seed     = 17
	shoppers = 1500
)

var (
	dayBegins = day.Begin(config.IST)
	dayEnds   = day.Next().Begin(config.IST)
)

// corpus is the brand's days, as they pass and once they have.
type corpus struct {
	*rig.Rig
	worker *rig.Worker
	random *rand.Rand
	steps  []step
	topic  pb.PublisherClient
	events []Event
	// inside counts the events of the day as they were published, without sweep's copies.
	inside int
}

// step is something that happens at a time.
type step struct {
	at time.Time
	do func()
}

// live makes a corpus with about so many events on the day.
func live(tb testing.TB, events int) *corpus {
	tb.Helper()

	r := rig.New(tb, rig.Options{Shared: true, Silent: true, Unsubscribed: true})
	conn, err := r.Cloud.Conn()
	r.Must(err)

	c := &corpus{Rig: r, worker: r.Hooks, topic: pb.NewPublisherClient(conn), random: rand.New(rand.NewPCG(seed, seed))}

	c.setUp()
	c.changes()

	// An order is told of by a bit more than four events, those that are told twice among them.
	for n := 0; c.inside < events; n++ {
		c.parcel(n, dayBegins, 24*time.Hour)
	}
	for n := range max(events/200, 20) {
		c.parcel(1_000_000+n, dayBegins.Add(-6*time.Hour), 8*time.Hour)
		c.parcel(2_000_000+n, dayEnds.Add(-4*time.Hour), 12*time.Hour)
	}

	c.people(max(events/60, 60))
	c.sweeps()

	slices.SortStableFunc(c.steps, func(a, b step) int { return a.at.Compare(b.at) })
	for _, s := range c.steps {
		if wait := s.at.Sub(c.Clock.Now()); wait > 0 {
			c.Clock.Advance(wait)
		}

		s.do()
	}

	return c
}

func (c *corpus) step(at time.Time, do func()) { c.steps = append(c.steps, step{at, do}) }

// change makes a version of the settings.
func (c *corpus) change(at time.Time, action string, change func(a *account.Account)) {
	c.step(at, func() {
		_, err := c.Parts.Store.SaveSettings(c.T.Context(), rig.BrandID, func(a account.Account) (store.Version, error) {
			change(&a)
			testkit.Agree(&a)

			return store.Version{At: c.Clock.Now(), By: store.Author{Subject: "asha"}, Action: action, Settings: a}, nil
		})
		c.Must(err)
	})
}

// told are the events that are on at first.
func told() []string {
	return []string{"created", "packed", "intransit", "out_for_delivery", "failed_delivery", "delivered"}
}

// setUp makes the brand, which sends through the platform's app and is charged for it.
func (c *corpus) setUp() {
	c.Must(c.Parts.Store.CreateRateCard(c.T.Context(), store.RateCard{Card: card(115_000)}))

	c.change(rig.Start, "account.put", func(a *account.Account) {
		a.TimeZone, a.ConsentMode, a.MaxAge = "Asia/Kolkata", account.BrandDeclared, 6*time.Hour
		a.Declaration = &account.Declaration{By: "Asha", Text: "our checkout asks", At: rig.Start}
		a.MarkupBasisPoints = 250
		a.Events = map[string]account.Event{}

		for _, name := range told() {
			a.Events["shipment/"+name] = account.Event{
				Enabled: true, TemplateID: rig.TemplateID, Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id"}},
			}
		}
	})
}

// card is the rate card of the corpus, with a price of news of orders.
func card(utility int64) billing.Card {
	return billing.Card{
		Version: "corpus", Currency: "INR", From: "2024-01-01",
		Rates: []billing.Rate{{Market: "IN", Category: billing.Utility, Micros: utility}},
	}
}

// phoneOf is the number of a shopper. Half of them are new on the day, since they are of no order before.
func phoneOf(shopper int) string { return fmt.Sprint(9_000_010_000 + shopper) }

// parcel is a parcel that is on its way within a time, and what the platform tells of it.
func (c *corpus) parcel(n int, from time.Time, within time.Duration) {
	shopper := c.random.IntN(shoppers)
	if n < 1_000_000 {
		shopper += c.random.IntN(2) * shoppers
	}

	path := []string{"created", "packed", "intransit", "out_for_delivery", "delivered"}
	if c.random.IntN(3) == 0 {
		path = []string{"packed", "intransit", "out_for_delivery", "failed_delivery", "out_for_delivery", "delivered"}
	}

	path = path[c.random.IntN(2) : len(path)-c.random.IntN(2)]
	at := from.Add(time.Duration(c.random.Int64N(int64(within * 3 / 4))))
	times := map[string]time.Time{}

	for _, status := range path {
		times[status] = at
		e := c.event(n, shopper, status, times)
		publish := at.Add(time.Second + time.Duration(c.random.Int64N(int64(time.Minute))))

		switch c.random.IntN(24) {
		case 0: // it comes late, perhaps after what supersedes it
			publish = publish.Add(time.Duration(c.random.Int64N(int64(7 * time.Hour))))
		case 1: // it comes twice
			c.publish(publish.Add(time.Duration(c.random.Int64N(int64(20*time.Minute)))), e)
		case 2: // twice within a moment
			c.publish(publish.Add(3*time.Millisecond), e)
		}

		c.publish(publish, e)

		at = at.Add(time.Minute + time.Duration(c.random.Int64N(int64(within/4))))
	}
}

// event returns a shipment's event of a status, with the times of the statuses so far.
func (c *corpus) event(n, shopper int, status string, times map[string]time.Time) []byte {
	log := map[string]string{}
	for name, at := range times {
		log[name] = at.In(config.IST).Format(time.DateTime)
	}

	data, err := json.Marshal(map[string]any{
		"resource": "shipment", "eventType": "PUT", "eventSubType": status, "accountSlug": "neem-and-co",
		"response_data": map[string]any{
			"customerOrderNumber": fmt.Sprint("NC-", n), "externalShipmentID": fmt.Sprintf("NC-%d-1", n),
			"order_id": 60_000_000 + n, "account_id": 811, "customerName": fmt.Sprint("Shopper ", shopper),
			"customerContactNumber": phoneOf(shopper), "email": "ira@example.test",
			"status": status, "status_updated_at": log[status], "status_log": log,
		},
	})
	c.Must(err)

	return data
}

// publish has the platform publish an event, and notify take it.
func (c *corpus) publish(at time.Time, data []byte) {
	if !at.Before(dayBegins) && at.Before(dayEnds) {
		c.inside++
	}

	c.step(at, func() {
		_, err := c.topic.Publish(c.T.Context(), &pb.PublishRequest{
			Topic: "projects/" + world.Project + "/topics/" + world.OrderEvents, Messages: []*pb.PubsubMessage{{Data: data}},
		})
		c.Must(err)
		c.deliver(20 * time.Millisecond)
	})
}

// deliver has notify take what is queued of order-events, a moment after it was published.
func (c *corpus) deliver(after time.Duration) {
	for _, q := range c.Take(world.OrderEvents) {
		c.events = append(c.events, Event{
			PublishedAt: q.Message.GetPublishTime().AsTime(), Attributes: q.Message.GetAttributes(), Data: q.Message.GetData(),
		})
		c.Clock.Advance(after + time.Duration(c.random.IntN(1000))*time.Microsecond)
		c.Hand(c.worker, q)
	}

	if c.QueuedAt(world.OrderEvents) > 0 {
		c.T.Fatalf("an event was not taken; %s", c.Logs.From(max(c.Logs.Len()-2000, 0)))
	}
}

// sweeps are the calls of sweep: often after the quiet hours, and once an hour.
func (c *corpus) sweeps() {
	sweep := func() {
		if code := c.CallSweep(c.worker); code/100 != 2 {
			c.T.Fatalf("sweep: got %d", code)
		}

		c.deliver(20 * time.Millisecond)
	}

	for at := dayBegins.Add(-6 * time.Hour); at.Before(dayEnds.Add(12 * time.Hour)); at = at.Add(time.Hour) {
		c.step(at.Add(17*time.Minute), sweep)
	}

	for minute := range 10 {
		for _, morning := range []time.Time{dayBegins, dayEnds} {
			c.step(morning.Add(6*time.Hour+time.Duration(30+minute)*time.Minute+20*time.Second), sweep)
		}
	}
}

// options replay the day of a corpus.
func (c *corpus) options() Options {
	keys, err := c.Parts.Keys(c.T.Context())
	c.Must(err)

	return Options{
		AccountID: rig.BrandID,
		Day:       day,
		Events:    c.events,
		Real:      c.Parts.Store,
		Keys:      keys,
		Zone:      config.IST,
		Scratch: scratch.Options{
			Project:     world.Project,
			Environment: config.Map(nil),
			Real:        c.Cloud.ClientOptions(),
			Secrets:     c.Parts.Secrets,
		},
	}
}
