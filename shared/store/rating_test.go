package store_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// ratingSuite is what providers said of apps and templates.
func ratingSuite() map[string]func(*bench) {
	return map[string]func(*bench){"ratings": ratingsInAnyOrder, "ratings_at_once": ratingsAtOnce}
}

// ratingsInAnyOrder notes what was said of an app in every order, and twice: what is kept is each change from one word to another.
func ratingsInAnyOrder(b *bench) {
	t := b.t
	start := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	at := func(hours int, template string, kind store.RatingKind, value string) store.Rating {
		return store.Rating{At: start.Add(time.Duration(hours) * time.Hour), TemplateID: template, Kind: kind, Value: value}
	}
	said := []store.Rating{
		at(0, "", store.Quality, "GREEN"), at(1, "", store.Limit, "TIER_1K"), at(2, "t1", store.Quality, "GREEN"),
		at(30, "", store.Quality, "YELLOW"), at(40, "t1", store.Quality, "RED"), at(41, "", store.Limit, "TIER_10K"), at(60, "", store.Quality, "GREEN"),
	}

	for n := range 20 {
		app := b.name(fmt.Sprint("gs-", n))
		order := rand.New(rand.NewPCG(7, uint64(n))).Perm(len(said))
		for _, i := range append(order, order[n%len(order)]) {
			if err := b.NoteRatings(t.Context(), app, said[i], store.Rating{At: start, Kind: store.Quality}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.Ratings(t.Context(), app)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(said, got, cmpopts.IgnoreFields(store.Rating{}, "Until")); diff != "" {
			t.Errorf("order %v: %s", order, diff)
		}
	}

	if err := b.NoteRatings(t.Context(), b.name("gs-0"), at(70, "", store.Quality, "GREEN"), at(10, "", store.Quality, "GREEN")); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Ratings(t.Context(), b.name("gs-0")); err != nil || len(got) != len(said) {
		t.Errorf("the same words again: got %v, %v", got, err)
	}
	if got, err := b.Ratings(t.Context(), b.name("gs-unknown")); err != nil || got != nil {
		t.Errorf("of no app: got %v, %v", got, err)
	}
}

// ratingsAtOnce notes ratings from several at once, and more than are kept.
func ratingsAtOnce(b *bench) {
	t := b.t
	start := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)

	var all errgroup.Group
	for n := range 3 {
		all.Go(func() error {
			return b.NoteRatings(t.Context(), b.name("gs"), store.Rating{At: start.Add(time.Duration(n) * time.Hour), TemplateID: fmt.Sprint(n), Kind: store.Quality, Value: "RED"})
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Ratings(t.Context(), b.name("gs")); err != nil || len(got) != 3 {
		t.Fatalf("got %v, %v, want all three", got, err)
	}

	many := make([]store.Rating, 600)
	for i := range many {
		many[i] = store.Rating{At: start.Add(time.Duration(i+10) * time.Hour), Kind: store.Quality, Value: []string{"GREEN", "RED"}[i%2]}
	}
	if err := b.NoteRatings(t.Context(), b.name("gs"), many...); err != nil {
		t.Fatal(err)
	}
	got, err := b.Ratings(t.Context(), b.name("gs"))
	if err != nil || len(got) != 500 || !got[499].At.Equal(many[599].At) {
		t.Errorf("got %d, %v, want the newest 500", len(got), err)
	}
}
