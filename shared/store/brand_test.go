package store_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/orders"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// keyer makes keys that no other run has, so that shoppers of other runs are not met.
func (b *bench) keyer() phone.Keyer {
	b.t.Helper()
	k, err := phone.NewKeyer([]byte(b.name("an invented secret of the tests")))
	b.must(err)
	return k
}

// shopper is a shopper of the account, known by the number or, without one, by the address.
func (b *bench) shopper(account, number, email string) store.Shopper {
	b.t.Helper()
	if number == "" {
		return store.Shopper{AccountID: account, EmailKey: b.keyer().Email(email)}
	}
	n, err := phone.Parse(number, "IN")
	b.must(err)
	return store.Shopper{AccountID: account, PhoneKey: b.keyer().Key(n)}
}

// findable keeps an order of the account with what the bot finds it by.
func (b *bench) findable(account, id, body string) {
	b.t.Helper()
	o, err := orders.Parse([]byte(body))
	b.must(err)
	copied := orders.CopyOf(orders.ID{AccountID: account, OrderID: id}, o, b.keyer(), at, at.Add(time.Hour))
	b.must(b.KeepOrder(b.t.Context(), copied))
}

// orderJSON is as much of a platform order as the store reads.
func orderJSON(number, date, total string) string {
	return fmt.Sprintf(`{"customerOrderNumber":%q,"vendorOrderNumber":"#V-%s","orderDate":%q,"orderTotal":%s,
		"shippingAddress":{"customerName":"Ira Sample","contactPhone":"9000000001","countryCode":"IN","email":"Ira@example.test"}}`,
		number, number, date, total)
}

// ids are the platform's ids of orders, in their order.
func ids(found []store.Order) string {
	var all []string
	for i := range found {
		_, id, _ := strings.Cut(found[i].ID, ":")
		all = append(all, id)
	}
	return strings.Join(all, " ")
}

func brandSuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"guest key": (*bench).guestKeys, "orders of a shopper": (*bench).ordersOfShopper, "order by number": (*bench).ordersByNumber,
		"order kept without what finds it": (*bench).unreadableOrders, "no shopper": (*bench).nobody,
		"cancellation": (*bench).cancellations, "audit": (*bench).audits,
	}
}

func (b *bench) guestKeys() {
	ctx, key := b.t.Context(), b.name("guest/key")
	hash := store.GuestHash(key)
	if strings.Contains(hash, key) || hash == store.GuestHash(key+"x") || len(hash) != 64 {
		b.t.Errorf("hash of a guest key: got %q", hash)
	}
	_, err := b.GuestKey(ctx, hash)
	b.want(err, store.ErrNotFound)
	b.must(b.PutGuestKey(ctx, key, "811", at))
	got, err := b.GuestKey(ctx, hash)
	b.must(err)
	b.same("guest key", got, store.GuestKey{AccountID: "811", Hash: hash, AddedAt: at})
	for name, wrong := range map[string]string{"key": key, "empty": "", "upper case": strings.ToUpper(hash), "path": "../" + hash, "cut": hash[1:]} {
		if _, err = b.GuestKey(ctx, wrong); !errors.Is(err, store.ErrNotFound) {
			b.t.Errorf("%s in place of the hash: got %v, want not found", name, err)
		}
	}
	b.must(b.PutGuestKey(ctx, b.name("second"), "811", at))
	b.must(b.PutGuestKey(ctx, key, "812", at.Add(time.Minute)))
	got, err = b.GuestKey(ctx, hash)
	b.must(err)
	b.same("account after a move", got.AccountID, "812")
	second := store.GuestKey{AccountID: "811", Hash: store.GuestHash(b.name("second")), AddedAt: at}
	first := store.GuestKey{AccountID: "811", Hash: store.GuestHash(b.name("first")), AddedAt: at.Add(-time.Minute)}
	b.must(b.PutGuestKey(ctx, b.name("first"), "811", first.AddedAt))
	listed, err := b.GuestKeys(ctx, "811")
	b.must(err)
	b.same("keys of an account", listed, []store.GuestKey{first, second})
	if _, err = b.GuestKeys(ctx, ""); err == nil {
		b.t.Error("the keys of all accounts are listed")
	}
	b.must(b.EndGuestKey(ctx, hash))
	b.must(b.EndGuestKey(ctx, hash))
	_, err = b.GuestKey(ctx, hash)
	b.want(err, store.ErrNotFound)
	_, err = b.GuestKey(ctx, store.GuestHash(b.name("second")))
	b.must(err)
}

func (b *bench) ordersOfShopper() {
	ctx := b.t.Context()
	one, two, three, other := b.name("1"), b.name("2"), b.name("3"), b.name("4")
	b.findable("811", two, orderJSON("NC-2", "2024-02-12 10:00:00", "1000.5"))
	b.findable("811", three, orderJSON("NC-3", "2024-02-13", "0"))
	b.findable("811", one, orderJSON("NC-1", "2024-02-11T10:00:00+05:30", "99.25"))
	b.findable("812", other, orderJSON("NC-4", "2024-02-14", "7"))
	for name, who := range map[string]store.Shopper{
		"number": b.shopper("811", "+919000000001", ""), "address": b.shopper("811", "", " ira@EXAMPLE.test"),
	} {
		found, err := b.LastOrders(ctx, who, 3)
		b.must(err)
		b.same("last orders by "+name, ids(found), three+" "+two+" "+one)
		found, err = b.LastOrders(ctx, who, 2)
		b.must(err)
		b.same("last two orders by "+name, ids(found), three+" "+two)
		count, micros, err := b.Spent(ctx, who, 10)
		b.must(err)
		b.same("spent by "+name, []int64{int64(count), micros}, []int64{3, 1_099_750_000})
		count, micros, err = b.Spent(ctx, who, 2)
		b.must(err)
		b.same("spent in two orders by "+name, []int64{int64(count), micros}, []int64{2, 1_000_500_000})
	}
	found, err := b.LastOrders(ctx, b.shopper("812", "9000000001", ""), 3)
	b.must(err)
	b.same("the other account's", ids(found), other)
	// An order whose shopper changed is the new one's only.
	b.findable("811", two, strings.ReplaceAll(orderJSON("NC-2", "2024-02-12 10:00:00", "1"), "9000000001", "9000000002"))
	found, err = b.LastOrders(ctx, b.shopper("811", "9000000001", ""), 3)
	b.must(err)
	b.same("without the changed one", ids(found), three+" "+one)
}

func (b *bench) ordersByNumber() {
	ctx, id, number := b.t.Context(), b.name("1"), b.name("NC")
	b.findable("811", id, orderJSON("#"+number, "2024-02-12", "1"))
	b.findable("812", id, orderJSON(number, "2024-02-12", "1"))
	for _, asked := range []string{number, "#" + number, " #" + number + " ", "V-#" + number} {
		found, err := b.OrdersByNumber(ctx, "811", asked, 5)
		b.must(err)
		if len(found) != 1 || found[0].ID != store.OrderID("811", id) {
			b.t.Errorf("number %q: got %q, want the account's own order", asked, ids(found))
		}
	}
	for _, asked := range []string{"", "#", " ", number + "x", strings.ToLower(number), "811:" + number} {
		found, err := b.OrdersByNumber(ctx, "811", asked, 5)
		b.must(err)
		b.same("orders of number "+asked, ids(found), "")
	}
}

func (b *bench) unreadableOrders() {
	ctx, id := b.t.Context(), b.name("1")
	b.findable("811", id, orderJSON(b.name("NC"), "never", "1"))
	who := b.shopper("811", "9000000001", "")
	found, err := b.LastOrders(ctx, who, 5)
	b.must(err)
	b.same("an order of an unreadable date", ids(found), id)
	b.must(b.KeepOrder(ctx, store.OrderCopy{
		AccountID: "811", OrderID: b.name("2"), JSON: []byte("not an order"), At: at, ExpireAt: at.Add(time.Hour),
	}))
	kept, err := b.Order(ctx, store.OrderID("811", b.name("2")))
	b.must(err)
	b.same("json", string(kept.JSON), "not an order")
	b.findable("811", b.name("3"), strings.ReplaceAll(orderJSON(b.name("NC"), "2024-02-12", "1"), "9000000001", "12"))
	found, err = b.LastOrders(ctx, who, 5)
	b.must(err)
	b.same("orders of the number", ids(found), id)
	found, err = b.LastOrders(ctx, b.shopper("811", "", "ira@example.test"), 5)
	b.must(err)
	b.same("orders of the address", len(found), 2)
}

func (b *bench) nobody() {
	ctx := b.t.Context()
	b.findable("811", b.name("1"), `{"customerOrderNumber":"","shippingAddress":{}}`)
	for _, who := range []store.Shopper{{}, {AccountID: "811"}, b.shopper("811", "9000000009", ""), b.shopper("811", "", "nobody@example.test")} {
		found, err := b.LastOrders(ctx, who, 5)
		b.must(err)
		count, micros, err := b.Spent(ctx, who, 5)
		b.must(err)
		if len(found) != 0 || count != 0 || micros != 0 {
			b.t.Errorf("got orders %q, %d of %d, want none", ids(found), count, micros)
		}
	}
}

func (b *bench) cancellations() {
	ctx := b.t.Context()
	r := store.CancelRequest{
		ID: store.OrderID("811", b.name("1")), AccountID: "811", OrderID: b.name("1"), Number: "NC-1", Reason: "ordered twice", Actor: "bot",
		Mode: "whatsapp", Source: "businessonbot", Nonce: "n1", Lease: at.Add(time.Minute), RequestedAt: at, ExpireAt: at.Add(time.Hour),
	}
	_, err := b.CancelRequest(ctx, r.ID)
	b.want(err, store.ErrNotFound)
	b.want(b.CancelPublished(ctx, r.ID, at), store.ErrNotFound)
	b.must(b.CreateCancel(ctx, r))
	b.want(b.CreateCancel(ctx, r), store.ErrExists)
	first, err := b.CancelRequest(ctx, r.ID)
	b.must(err)
	if diff := cmp.Diff(r, first, cmpopts.IgnoreFields(store.CancelRequest{}, "UpdateTime")); diff != "" || first.UpdateTime.IsZero() {
		b.t.Errorf("request (-want +got, update time %s):\n%s", first.UpdateTime, diff)
	}
	second := first
	second.Nonce, second.Lease = "n2", at.Add(2*time.Minute)
	b.must(b.TakeOverCancel(ctx, second))
	late := first
	late.Nonce = "n3"
	b.want(b.TakeOverCancel(ctx, late), store.ErrConflict)
	b.must(b.CancelPublished(ctx, r.ID, at.Add(time.Second)))
	b.want(b.TakeOverCancel(ctx, second), store.ErrConflict)
	got, err := b.CancelRequest(ctx, r.ID)
	b.must(err)
	r.Nonce, r.Lease, r.PublishedAt = "n2", at.Add(2*time.Minute), at.Add(time.Second)
	if diff := cmp.Diff(r, got, cmpopts.IgnoreFields(store.CancelRequest{}, "UpdateTime")); diff != "" {
		b.t.Errorf("published request (-want +got):\n%s", diff)
	}
}

func (b *bench) audits() {
	ctx, account := b.t.Context(), b.name("811")
	a := store.Audit{
		AccountID: account, Operation: "order", Outcome: "found", Status: 200, OrderIDs: []string{"1", "2"}, Actor: "bot", Mode: "whatsapp",
		At: at, ExpireAt: at.Add(time.Hour),
	}
	other := a
	other.AccountID = b.name("812")
	for _, one := range []store.Audit{a, a, other} {
		b.must(b.AddAudit(ctx, one))
	}
	got, err := b.Audits(ctx, account, 10)
	b.must(err)
	b.same("audits", got, []store.Audit{a, a})
	got, err = b.Audits(ctx, account, 1)
	b.must(err)
	b.same("one audit", len(got), 1)
}
