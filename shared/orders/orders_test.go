package orders_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	older = `{"orderId":77,"customerOrderNumber":"OLD"}`
	newer = `{"orderId":77,"customerOrderNumber":"NEW"}`
)

var (
	noon    = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)
	id      = orders.ID{AccountID: "811", OrderID: "77"}
	errDown = fault.New(fault.Upstream, "fake", "does not answer")
	errNone = fault.New(fault.NotFound, "fake", "no such order")
	errOurs = errors.New("the store does not answer")
)

// world is one stored order, one at the platform, and what is written.
type world struct {
	kept     store.Order
	readErr  error
	writeErr error
	writes   []store.OrderCopy

	json  string
	err   error
	asked int
}

// Order is both the store's and the platform's; these types tell them apart.
type (
	fakeStore    struct{ *world }
	fakePlatform struct{ *world }
)

func (f fakePlatform) Order(context.Context, string) ([]byte, error) {
	f.asked++

	return []byte(f.json), f.err
}

func (f fakeStore) Order(context.Context, string) (store.Order, error) { return f.kept, f.readErr }

func (f fakeStore) KeptOrder(context.Context, string) (store.Order, error) { return f.kept, f.readErr }

func (f fakeStore) KeepOrder(_ context.Context, c store.OrderCopy) error {
	f.writes = append(f.writes, c)

	return f.writeErr
}

func (w *world) reader() *orders.Reader {
	return orders.New(fakeStore{w}, fakePlatform{w}, clock.NewManual(noon), time.Hour)
}

func numberOf(o *orders.Order) string {
	if o == nil {
		return ""
	}

	return o.Number
}

func TestRead(t *testing.T) {
	t.Parallel()
	copied := store.Order{JSON: []byte(older), JSONAt: noon.Add(-time.Minute)}
	minute := noon.Add(-time.Minute)
	tests := []struct {
		name      string
		world     world
		notBefore time.Time
		want      string
		err       error
		asked     int
		writes    int
	}{
		{"fresh_copy", world{kept: copied}, minute, "OLD", nil, 0, 0},
		{"old_copy", world{kept: copied, json: newer}, minute.Add(1), "NEW", nil, 1, 1},
		{"no_copy", world{readErr: store.ErrNotFound, json: newer}, minute, "NEW", nil, 1, 1},
		{"only_status_times", world{kept: store.Order{JSONAt: noon}, json: newer}, minute, "NEW", nil, 1, 1},
		{"platform_is_down", world{kept: copied, err: errDown}, noon, "OLD", errDown, 1, 0},
		{"platform_is_down_and_no_copy", world{readErr: store.ErrNotFound, err: errDown}, noon, "", errDown, 1, 0},
		{"no_such_order", world{readErr: store.ErrNotFound, err: errNone}, noon, "", errNone, 1, 0},
		{"store_fails", world{readErr: errOurs}, noon, "", errOurs, 0, 0},
		{"write_fails", world{readErr: store.ErrNotFound, json: newer, writeErr: errOurs}, noon, "", errOurs, 1, 1},
		{"not_an_order", world{readErr: store.ErrNotFound, json: `[]`}, noon, "", fault.New(fault.Upstream, "", ""), 1, 0},
		{"too_large_to_store", world{json: strings.Replace(newer, `"NEW"`, `"NEW"`+strings.Repeat(" ", 900<<10), 1)}, noon, "NEW", nil, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := tt.world
			got, err := w.reader().Read(t.Context(), id, phone.Keyer{}, tt.notBefore)
			if numberOf(got) != tt.want {
				t.Errorf("got order %q, want %q", numberOf(got), tt.want)
			}
			if !errors.Is(err, tt.err) && fault.KindOf(err) != fault.KindOf(tt.err) {
				t.Errorf("got error %v, want %v", err, tt.err)
			}
			if w.asked != tt.asked || len(w.writes) != tt.writes {
				t.Errorf("asked %d times and wrote %d, want %d and %d", w.asked, len(w.writes), tt.asked, tt.writes)
			}
		})
	}
}

func TestKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		world world
		want  string
		kind  fault.Kind
	}{
		{"copy", world{err: errDown, kept: store.Order{JSON: []byte(older)}}, "OLD", fault.Internal},
		{"none", world{err: errDown, readErr: store.ErrNotFound}, "", fault.NotFound},
		{"store_fails", world{err: errDown, readErr: fault.New(fault.Unavailable, "fake", "fails")}, "", fault.Unavailable},
		{"copy_cannot_be_read", world{err: errDown, kept: store.Order{JSON: []byte(`[]`)}}, "", fault.Internal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := tt.world
			got, err := w.reader().Kept(t.Context(), id.OrderID)
			if numberOf(got) != tt.want {
				t.Errorf("got order %q, want %q", numberOf(got), tt.want)
			}
			if (err != nil) != (tt.want == "") || err != nil && fault.KindOf(err) != tt.kind {
				t.Errorf("got error %v, want kind %v", err, tt.kind)
			}
			if len(w.writes) != 0 {
				t.Error("an order was stored")
			}
		})
	}
}

func TestCopyOf(t *testing.T) {
	t.Parallel()
	k, err := phone.NewKeyer([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := phone.Parse("9000000001", "IN")
	if err != nil {
		t.Fatal(err)
	}
	json := `{"orderId":77,"customerOrderNumber":"NC-1","vendorOrderNumber":"#1","orderDate":" 2024-02-10 05:35:02.0 ","orderTotal":12.5,
		"shippingAddress":{"contactPhone":"9000000001","countryCode":"IN","email":"ira@example.test"}}`
	o, err := orders.Parse([]byte(json))
	if err != nil {
		t.Fatal(err)
	}

	want := store.OrderCopy{
		AccountID:   "811",
		OrderID:     "77",
		JSON:        []byte(json),
		At:          noon,
		ExpireAt:    noon.Add(time.Hour),
		PhoneKey:    k.Key(n),
		EmailKey:    k.Email("ira@example.test"),
		Numbers:     []string{"NC-1", "#1"},
		OrderedAt:   time.Date(2024, 2, 10, 5, 35, 2, 0, time.UTC),
		TotalMicros: 12_500_000,
	}
	if diff := cmp.Diff(want, orders.CopyOf(id, o, k, noon, noon.Add(time.Hour))); diff != "" {
		t.Errorf("CopyOf (-want +got):\n%s", diff)
	}

	for _, date := range []string{"", "yesterday", "0000-01-01", "0001-01-01 00:00:00"} {
		o.Date = date
		if got := orders.CopyOf(id, o, k, noon, noon).OrderedAt; !got.Equal(noon) {
			t.Errorf("date %q: got %s, want the time of the copy", date, got)
		}
	}
}
