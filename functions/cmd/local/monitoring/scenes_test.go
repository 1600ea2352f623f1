package monitoring_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// scene is something that happens, and what of the module has to see it: all that is named, and nothing else.
type scene struct {
	name string
	play func(t *testing.T, b *book)
	want []string
}

// TestProductWritesWhatIsWatched plays every scene with the real functions, and evaluates every filter over the lines that they write.
func TestProductWritesWhatIsWatched(t *testing.T) {
	t.Parallel()

	all := filters(t)
	books := make([]*book, len(scenes))

	t.Run("scenes", func(t *testing.T) {
		t.Parallel()

		for i, s := range scenes {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()

				b := &book{t: t}
				s.play(t, b)

				if diff := cmp.Diff(s.want, matching(all, b.all())); diff != "" {
					t.Errorf("what matches its lines (-want +got):\n%s", diff)
				}

				books[i] = b
			})
		}

		t.Cleanup(func() { judge(t, all, books) })
	})
}

// judge holds that each filter matches a line of a scene, that the fields that are taken from it are there, and that a filter with another
// value would be found out.
func judge(t *testing.T, all map[string]watched, books []*book) {
	t.Helper()

	var entries []entry

	for _, b := range books {
		if b == nil {
			return // it failed already, or was not played
		}

		entries = append(entries, b.all()...)
	}

	if wrong := unmatched(all, entries); len(wrong) > 0 {
		t.Errorf("no line that the product writes is matched by %q", wrong)
	}

	for name, w := range all {
		for _, planted := range spoiled(w.text) {
			f, err := parseFilter(planted)
			if err != nil {
				t.Fatalf("%s: %v", planted, err)
			}
			if wrong := unmatched(map[string]watched{name: {matches: f}}, entries); len(wrong) == 0 {
				t.Errorf("a wrong filter of %s is not found out: %s", name, planted)
			}
		}
	}
}

// spoiled returns a filter with each of its conditions on the payload's text turned into one on another text, one after the other.
func spoiled(text string) []string {
	var all []string

	for part, rest := "", text; ; {
		before, after, found := strings.Cut(rest, `="`)
		if !found {
			return all
		}

		part += before
		if field := part[strings.LastIndexAny(part, " (")+1:]; !strings.Contains(part, "NOT "+field) {
			all = append(all, part+`="x`+after)
		}

		part += `="`
		rest = after
	}
}

// start starts a rig that logs to the book.
func start(t *testing.T, b *book, o rig.Options) *rig.Rig {
	t.Helper()

	o.Logger = b.logger

	return rig.New(t, o)
}

// sweep has the rig's sweep called once, whatever comes of it.
func sweep(r *rig.Rig) { r.CallSweep(r.Hooks) }

// scenes are what the filters are tried with.
var scenes = []scene{
	{name: "a message is sent, delivered and read", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{})
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
		r.CheckOne(t, message.StatusRead)
	}},
	{name: "the store fails", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{})
		_, err := r.Cloud.Rules().Add(cloud.Rule{Method: "BatchGetDocuments", Mode: cloud.FailBefore, Code: codes.PermissionDenied})
		r.Must(err)
		r.Hand(r.Hooks, r.First())
	}, want: []string{"alert logged"}},
	{name: "the rate card is old", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{})
		r.Clock.Advance(4 * 365 * 24 * time.Hour) // far beyond the quarter of the card that the product brings along
		sweep(r)
	}, want: []string{"alert rate-card"}},
	{name: "an account spends most of its limit", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{Shared: true})
		r.ChangeAccount(func(a *account.Account) { a.Limits = account.Limits{DailyMicros: 2000000} })
		r.Hand(r.Hooks, r.First())
		spend(r, 1_900_000)
		sweep(r)
	}, want: []string{"alert spending"}},
	{name: "a template's messages arrive less", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{})
		fall(r)
		sweep(r)
	}, want: []string{"alert template-falls"}},
	{name: "a daily root is late", play: func(t *testing.T, b *book) {
		r := start(t, b, rig.Options{})
		w := r.NewWorker(rig.Options{Logger: b.logger, Config: world.StorageEnvironment(r.Cloud.StorageURL())})
		r.Cloud.Storage().Break(func(method, _ string) bool { return method == http.MethodPost })
		r.SubscribeShopper(consent.Withdraw)
		r.Clock.Advance(50 * time.Hour)
		r.CallSweep(w)
	}, want: []string{"alert logged", "alert roots-late"}},
}

// spend has the rig's account have sent something today that costs so much.
func spend(r *rig.Rig, micros int64) {
	r.T.Helper()

	now, a := r.Clock.Now(), r.Stored()
	id := strings.Repeat("0123456789abcdef", 2)

	_, err := r.Parts.Store.Decide(r.T.Context(), store.Decision{Message: message.Message{
		ID:         id,
		AccountID:  rig.BrandID,
		AppID:      rig.AppID,
		Provider:   r.Vendor.Name(),
		Ownership:  message.Platform,
		Event:      rig.FailedDeliveryKind,
		Phase:      message.Claimed,
		Bucket:     store.Bucket(id),
		CreatedAt:  now,
		ExpireAt:   now.Add(90 * 24 * time.Hour),
		Day:        a.Day(now),
		Attempt:    1,
		LeaseUntil: now,
		Attempts:   map[string]message.Attempt{"1": {Rank: message.RankSent, ClaimedAt: now.UnixMilli()}},
		Estimate:   message.Estimate{Category: "utility", Micros: micros, Currency: "INR", Day: a.Day(now)},
	}})
	r.Must(err)
}

// fall has half of a template's messages not arrive in the last three days.
func fall(r *rig.Rig) {
	r.T.Helper()

	a, at := r.Stored(), r.Clock.Now().UTC().Truncate(time.Second)
	today := billing.Day(a.Day(at))

	for n := range 32 {
		row := billing.Row{
			Key:     billing.Key{AppID: a.Sender, TemplateID: rig.TemplateID},
			Figures: billing.Figures{Sent: 20, Delivered: 20},
		}
		if n >= 29 {
			row.Delivered, row.Sent, row.Failed = 10, 10, 10
		}

		r.Must(r.Parts.Store.PutClosedDay(r.T.Context(), rig.BrandID, store.ClosedDay{
			Day:      today.Plus(n - 32),
			Closings: 1,
			Usage:    billing.Usage{Rows: []billing.Row{row}},
		}))
	}

	r.Must(r.Parts.Store.PutClosing(r.T.Context(), rig.BrandID, store.Closing{ClosedTo: today, LookedAt: at}))
}

// TestScenesHaveNames holds that each scene can be told from the others.
func TestScenesHaveNames(t *testing.T) {
	t.Parallel()

	var names []string
	for _, s := range scenes {
		names = append(names, s.name)
	}

	slices.Sort(names)
	if n := len(slices.Compact(slices.Clone(names))); n != len(scenes) {
		t.Errorf("got %d names of %d scenes", n, len(scenes))
	}
}
