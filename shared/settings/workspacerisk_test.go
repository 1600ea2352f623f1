package settings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The templates of the tests that sell something: one that is chosen, and three beside it.
var (
	selling      = templateID(21)
	sellingToo   = templateID(22)
	sellingLess  = templateID(23)
	sellingTwice = templateID(24)
)

// newMarket is a shop whose app has templates that sell something.
func newMarket(t *testing.T) *office {
	t.Helper()
	o := newShop(t)

	refused := simgupshup.NewTemplate(sellingLess, "sale_v3", simgupshup.Container{Data: "Hi {{1}}, your parcel is late. The sale is not!"})
	refused.Status, refused.Reason = "REJECTED", "INCORRECT_CATEGORY"

	for _, tpl := range []simgupshup.Template{
		simgupshup.NewTemplate(selling, "sale_v1", simgupshup.Container{Data: "Hi {{1}}, your order {{2}} is with us. Our big SALE has begun!"}),
		simgupshup.NewTemplate(sellingToo, "sale_v2", simgupshup.Container{Data: "Hi {{1}}, order {{2}} is packed. Sale until Sunday!"}),
		refused,
	} {
		o.must(o.sim.Gupshup().PutTemplate(simulatedID, tpl))
	}

	return o
}

// risksOf lists the findings about a risk as "rule words: outcome".
func risksOf(list []settings.EventFinding) []string {
	var all []string
	for _, f := range list {
		if f.Risk != "" {
			all = append(all, string(f.Rule)+" "+strings.Join(f.Words, ", ")+": "+f.Outcome)
		}
	}

	return all
}

// lists counts how often the provider was asked for the list of templates.
func (o *office) lists() int {
	n := 0
	for _, r := range o.sim.Log().Requests() {
		if strings.HasSuffix(r.Path, "/template") && strings.Contains(r.Path, simulatedID) {
			n++
		}
	}

	return n
}

// TestRisksAreShown warns of the words of a template at a save, in the lint and in the preview, with what was decided on the templates beside
// it, and saves it nonetheless.
func TestRisksAreShown(t *testing.T) {
	t.Parallel()
	o := newMarket(t)

	const outcome = "WhatsApp approved this text as UTILITY, against our rule. Of your other templates with the same: 1 approved as UTILITY, 1 refused."

	want := []string{"promotion SALE: " + outcome}
	chosen := content(selling, "customer_name", "customer_order_id")

	found, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: chosen})
	o.must(err)
	if diff := cmp.Diff(want, risksOf(found)); diff != "" {
		t.Errorf("lint (-want +got):\n%s", diff)
	}

	look, err := o.Preview(t.Context(), viewer, neem, created, settings.Proposal{Content: chosen})
	o.must(err)
	if diff := cmp.Diff(want, risksOf(look.Risks)); diff != "" || len(look.Risks) != 1 {
		t.Errorf("preview (-want +got):\n%s", diff)
	}

	saved, warnings, err := o.saveAll(map[order.Kind]settings.NotificationInput{created: on(chosen)})
	o.must(err)
	if diff := cmp.Diff(want, risksOf(warnings)); diff != "" || !saved.Account.Event(created.String()).Enabled {
		t.Errorf("save (-want +got):\n%s", diff)
	}

	if n := o.lists(); n == 0 || n > 2 { // a list is two pages, the last of which repeats the first
		t.Errorf("the list was asked for %d times", n)
	}

	o.clock.Advance(11 * time.Minute)
	o.must(o.sim.Gupshup().PutTemplate(simulatedID, simgupshup.NewTemplate(sellingTwice, "sale_v4", simgupshup.Container{Data: "Order {{1}} and a sale for you, dear friend."})))

	found, err = o.Lint(t.Context(), viewer, neem, created, settings.Proposal{})
	o.must(err)
	if got := risksOf(found); len(got) != 1 || !strings.HasSuffix(got[0], "2 approved as UTILITY, 1 refused.") {
		t.Errorf("eleven minutes later: %q", got)
	}
}

// TestRisksNeedNoList asks for no list where there is nothing to warn of, and warns without one where it cannot be read.
func TestRisksNeedNoList(t *testing.T) {
	t.Parallel()
	o := newMarket(t)

	_, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: content(twoPlaces, "customer_name", "customer_order_id")})
	o.must(err)
	if n := o.lists(); n != 0 {
		t.Errorf("the list was asked for %d times", n)
	}

	o.must(o.fault(simulator.Fault{System: "gupshup", Path: "/template", Mode: chaos.Unavailable}))

	for range 2 {
		found, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: content(selling, "customer_name", "customer_order_id")})
		o.must(err)
		if diff := cmp.Diff([]string{"promotion SALE: WhatsApp approved this text as UTILITY, against our rule."}, risksOf(found)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}

	if n := o.lists(); n != 1 {
		t.Errorf("the list was asked for %d times", n)
	}
}

// TestRefusalWithoutARule shows what WhatsApp refused although no rule says why.
func TestRefusalWithoutARule(t *testing.T) {
	t.Parallel()
	o := newMarket(t)

	plain := simgupshup.NewTemplate(sellingTwice, "plain_v1", simgupshup.Container{Data: "Hi {{1}}, your order is with us now."})
	plain.Status, plain.Reason = "REJECTED", "TAG_CONTENT_MISMATCH"
	o.must(o.sim.Gupshup().PutTemplate(simulatedID, plain))

	found, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: content(sellingTwice, "customer_name")})
	o.must(err)
	if got := risksOf(found); len(got) != 1 || !strings.Contains(got[0], "WhatsApp refused the template as TAG_CONTENT_MISMATCH, and our rules found nothing in it.") {
		t.Errorf("got %q", got)
	}
}

// TestReclassingIsRecalled shows that a template was made marketing, or is to be, where only our copies and the news tell it.
func TestReclassingIsRecalled(t *testing.T) {
	t.Parallel()
	o := newMarket(t)

	const (
		plain = "Hi {{1}}, your order is with us now."
		took  = "unforeseen : WhatsApp takes the template for MARKETING and not for UTILITY, and our rules found nothing promotional in it."
	)

	id := sellingTwice
	put := func(category string) {
		tpl := simgupshup.NewTemplate(id, "plain_v1", simgupshup.Container{Data: plain})
		tpl.Category = category
		o.must(o.sim.Gupshup().PutTemplate(simulatedID, tpl))
	}

	lint := func() []string {
		found, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: content(id, "customer_name")})
		o.must(err)

		return risksOf(found)
	}

	put("UTILITY")
	if got := lint(); got != nil {
		t.Errorf("utility: got %q", got)
	}

	_, _, err := o.saveAll(map[order.Kind]settings.NotificationInput{created: on(content(id, "customer_name"))})
	o.must(err)

	o.must(o.store.ChangeTemplate(t.Context(), ownApp, id, store.SeenTemplate{}, func(kept *store.Template) bool {
		kept.Announced = "MARKETING"
		return true
	}))
	if diff := cmp.Diff([]string{took}, lint()); diff != "" {
		t.Errorf("announced (-want +got):\n%s", diff)
	}

	put("MARKETING")
	if diff := cmp.Diff([]string{took}, lint()); diff != "" {
		t.Errorf("re-classed (-want +got):\n%s", diff)
	}

	// The newest copy has the new category; the one that the event was mapped to still has the former.
	o.must(o.store.ChangeTemplate(t.Context(), ownApp, id, store.SeenTemplate{}, func(kept *store.Template) bool {
		kept.Category, kept.Announced = "MARKETING", ""
		return true
	}))
	if diff := cmp.Diff([]string{took}, lint()); diff != "" {
		t.Errorf("re-classed and seen (-want +got):\n%s", diff)
	}
}

// TestReclassedNeighboursCount counts a template beside the chosen one that is marketing now and was not when it was last used.
func TestReclassedNeighboursCount(t *testing.T) {
	t.Parallel()
	o := newMarket(t)

	tpl := simgupshup.NewTemplate(sellingTwice, "sale_v4", simgupshup.Container{Data: "Order {{1}} and a sale for you, dear friend."})
	tpl.Category = "MARKETING"
	o.must(o.sim.Gupshup().PutTemplate(simulatedID, tpl))
	o.must(o.store.PutTemplate(t.Context(), ownApp, store.Template{
		Template: template.Template{ID: sellingTwice, Name: "sale_v4", Category: "UTILITY", Status: "APPROVED", Body: "Order {{1}} and a sale for you, dear friend."}, CheckedAt: noon,
	}))

	found, err := o.Lint(t.Context(), viewer, neem, created, settings.Proposal{Content: content(selling, "customer_name", "customer_order_id")})
	o.must(err)
	if got := risksOf(found); len(got) != 1 || !strings.HasSuffix(got[0], "1 approved as UTILITY, 1 re-classed as MARKETING, 1 refused.") {
		t.Errorf("got %q", got)
	}
}
