package intake_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestRatings has providers tell how numbers and templates are rated, out of order: the changes are kept, and nothing is held for them.
func TestRatings(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	keepTemplate(r, provedTemplate)
	at := func(hours int) time.Time { return rig.Start.Add(time.Duration(hours) * time.Hour).UTC() }
	number := func(hours int, quality, limit string) outcome.Result {
		e := provider.AccountEvent{Change: "phone_number_quality_update", Value: "word", Quality: quality, Limit: limit}
		return news(r, provedApp, provider.Event{Kind: provider.KindAccount, At: at(hours).UnixMilli(), Account: &e}).Result
	}
	template := func(hours int, id, quality string) outcome.Result {
		e := provider.TemplateEvent{ID: id, Change: "quality", Value: quality}
		return news(r, provedApp, provider.Event{Kind: provider.KindTemplate, At: at(hours).UnixMilli(), Template: &e}).Result
	}

	for what, got := range map[string]outcome.Result{
		"the number flagged":    number(-1, "FLAGGED", "TIER_1K"),
		"its limit before that": number(-3, "", "TIER_10K"),
		"a template":            template(-2, provedTemplate, "YELLOW"),
		"the same said again":   template(-1, provedTemplate, "YELLOW"),
		"at the platform's app": news(r, provedPlatform, provider.Event{Kind: provider.KindAccount, At: at(0).UnixMilli(), Account: &provider.AccountEvent{Quality: "UNFLAGGED"}}).Result,
	} {
		if got != outcome.Applied {
			t.Errorf("%s: got %s, want it applied", what, got)
		}
	}
	if got := template(0, "nobody's", "RED"); got != outcome.Ignored {
		t.Errorf("a template that nobody uses: got %s, want it ignored", got)
	}

	got, err := r.Parts.Store.Ratings(t.Context(), provedID)
	r.Must(err)
	want := []store.Rating{
		{At: at(-3), Kind: store.Limit, Value: "TIER_10K"},
		{At: at(-2), TemplateID: provedTemplate, Kind: store.Quality, Value: "YELLOW"},
		{At: at(-1), Kind: store.Quality, Value: "FLAGGED"},
		{At: at(-1), Kind: store.Limit, Value: "TIER_1K"},
		{At: at(0), Kind: store.Quality, Value: "UNFLAGGED"},
	}
	less := func(a, b store.Rating) bool { return a.At.Before(b.At) || a.At.Equal(b.At) && a.Kind > b.Kind }
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Rating{}, "Until"), cmpopts.SortSlices(less)); diff != "" {
		t.Errorf("ratings (-want +got):\n%s", diff)
	}
	if a := brand(r); !a.Apps[provedID].Health.Healthy() || !a.Events[rig.FailedDeliveryKind].Health.Healthy() {
		t.Error("a rating held something")
	}
}
