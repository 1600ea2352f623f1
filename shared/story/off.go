package story

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// off is an event that was off when it came.
type off struct {
	kind, shipment, day string
	at                  time.Time
}

// begin returns when it happened: of a day its beginning, so that it stands above what is known to the second of that day. As the last of it, it
// would be taken for the newest.
func (o off) begin(zone *time.Location) time.Time {
	if !o.at.IsZero() {
		return o.at
	}

	day, err := time.ParseInLocation(time.DateOnly, o.day, zone)
	if err != nil {
		return time.Time{}
	}

	return day
}

// version returns the version of the settings by which it was off; 0 if nobody can tell, since only the day is known, and they changed on it.
func (t *Teller) version(ctx context.Context, accountID string, o off) (int64, error) {
	begin := o.begin(t.zone)

	first, err := t.store.VersionAt(ctx, accountID, begin)
	if err != nil || !o.at.IsZero() {
		return first, err
	}

	last, err := t.store.VersionAt(ctx, accountID, begin.AddDate(0, 0, 1).Add(-time.Millisecond))
	if err != nil || first != last {
		return 0, err
	}

	return first, nil
}

// offEvents returns the newest of each event that was off, of each shipment. An event that may happen again and was told since is known by
// its day alone.
func (t *Teller) offEvents(accountID string, k known) []off {
	days := map[string][]string{}
	for _, e := range k.order.OffEvents(accountID) {
		days[e.Kind] = append(days[e.Kind], e.Day)
	}

	var all []off

	for _, kind := range slices.Sorted(maps.Keys(days)) {
		found, left := t.newestOff(k, kind, days[kind])
		all = append(all, found...)

		parsed, _ := order.ParseKind(kind)

		entry, _ := order.Lookup(parsed)
		told := slices.ContainsFunc(k.messages, func(m message.Message) bool { return m.Event == kind })
		if !entry.Repeat.Recurs() && (told || len(found) > 0) {
			continue // the other days are further scans of the same
		}

		for _, day := range left {
			all = append(all, off{kind: kind, day: day})
		}
	}

	return all
}

// newestOff returns, of each shipment, the newest time of an event if it came on one of the days on which the event was off and has no
// message; and the days that are left.
func (t *Teller) newestOff(k known, kind string, days []string) (found []off, left []string) {
	parsed, _ := order.ParseKind(kind)
	left = slices.Clone(days)

	for _, key := range slices.Sorted(maps.Keys(k.order.Shipments)) {
		newest := k.order.Shipments[key][parsed.SubType]
		at := time.Unix(newest, 0)

		day := at.In(t.zone).Format(time.DateOnly)
		if newest == 0 || !slices.Contains(days, day) || k.told(kind, key, newest) || !k.mayBe(parsed.Resource, key) {
			continue
		}

		found = append(found, off{kind: kind, shipment: k.shipments[key], day: day, at: at})
		left = slices.DeleteFunc(left, func(d string) bool { return d == day })
	}

	return found, left
}

// told reports whether a shipment has a message of the event of that time or later.
func (k known) told(kind, key string, at int64) bool {
	return slices.ContainsFunc(k.messages, func(m message.Message) bool {
		return m.Event == kind && order.FieldKey(m.Subject) == key && m.OccurredAt >= at
	})
}

// mayBe reports whether what the order's document has under a key may be of the resource. Shipments and returns have statuses of the same
// names, and the document does not say which of them it is: messages do, and the statuses that only one of them has.
func (k known) mayBe(resource, key string) bool {
	for _, m := range k.messages {
		if order.FieldKey(m.Subject) == key {
			of, _, _ := strings.Cut(m.Event, "/")
			return of == resource
		}
	}

	fitting := func(resource string) int {
		n := 0
		for status := range k.order.Shipments[key] {
			if _, has := order.Lookup(order.Kind{Resource: resource, SubType: status}); has {
				n++
			}
		}

		return n
	}

	other := order.Shipment
	if resource == order.Shipment {
		other = order.ReturnShipment
	}

	return fitting(resource) >= fitting(other)
}

// answerOff explains an event that was off.
func (t *Teller) answerOff(ctx context.Context, a account.Account, k known, o off) (Answer, error) {
	version, err := t.version(ctx, a.ID, o)
	if err != nil {
		return Answer{}, err
	}

	f, names := presentOf(a, a.Events[o.kind])

	return Answer{
		OrderID:     k.id,
		Number:      k.number,
		Event:       o.kind,
		Shipment:    o.shipment,
		At:          o.at,
		Day:         o.day,
		Explanation: checks.ExplainOff(version, checks.Now(f, names[:1]...)),
	}, nil
}
