package timemachine

import (
	"context"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/overlay"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// known says which status times of orders nobody knew at the start of the day, though they are of before: those of which the platform told first
// in the day. By order, shipment and status.
type known map[string]map[[2]string]int64

// newKnown reads that off the events: the event that is a status, and not only names it, is the first that tells it.
func (m *machine) newKnown() known {
	k := known{}

	for _, d := range m.deliveries {
		one, stored := m.stored[d.id]
		if d.orderID == "" || !d.parsed.OccurredKnown || stored && one.CreatedAt.Before(m.from) {
			continue
		}

		if k[d.orderID] == nil {
			k[d.orderID] = map[[2]string]int64{}
		}

		k[d.orderID][[2]string{order.FieldKey(d.parsed.Subject), d.parsed.SubType}] = d.parsed.OccurredAt.Unix()
	}

	return k
}

// rewind makes a document that is taken over into the scratch what it was at the start of the day.
func (m *machine) rewind(_ context.Context, d *overlay.Document) error {
	collection, rest, _ := strings.Cut(d.Path, "/")
	id, below, _ := strings.Cut(rest, "/")

	switch {
	case collection == "accounts" && below == "" && id == m.settings.today.ID:
		d.Hide() // it is put, as of each moment
	case collection == "messages" && !d.Time("createdAt").Before(m.from):
		d.Hide()
	case collection == "rateCards" && !m.o.Now && !d.Time("putAt").Before(m.until):
		d.Hide()
	case collection == "orders":
		d.RemoveNumbers("shipments", func(keys []string, n int64) bool { return n >= m.from.Unix() || m.known.toldFirst(id, keys, n) })
	case collection == "customers" && below != "":
		if !d.Time("storedAt").Before(m.from) {
			d.Hide()
		}
	case collection == "customers":
		m.rewindCustomer(d, id)
	}

	return nil
}

// toldFirst reports whether a status time of an order was told first on the day.
func (k known) toldFirst(orderID string, keys []string, n int64) bool {
	if len(keys) != 2 {
		return false
	}

	at, told := k[orderID][[2]string{keys[0], keys[1]}]

	return told && n == at
}

// rewindCustomer hides a customer whose ledger has gone on since: one that was there before is made by [machine.rebuild]. The mark of a message
// that is under way is that of a later one.
func (m *machine) rewindCustomer(d *overlay.Document, id string) {
	_, changed := m.ledger.since[id]
	ofApp := d.Text("account") == "" // of what the number said to an app, whoever's customer it is

	switch {
	case changed, ofApp && !d.Time("consent", "changedAt").Before(m.from):
		d.Hide()
	default:
		d.Remove("inFlight")
		d.Remove("passed")
	}
}

// never is later than anything.
var never = time.Unix(1<<40, 0)
