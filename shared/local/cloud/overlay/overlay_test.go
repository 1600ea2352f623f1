package overlay_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/overlay"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// stage is a real Firestore with numbers 0 to 9, and a client of an overlay over it.
type stage struct {
	real    *cloud.Cloud
	writer  *firestore.Client // of the real one
	overlay *overlay.Overlay
	client  *firestore.Client
}

func start(t *testing.T) *cloud.Cloud {
	t.Helper()

	c, err := cloud.Start(t.Context(), cloud.Options{Direct: true, Clock: clock.NewManual(noon)})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = c.Close() })

	return c
}

func client(t *testing.T, opts ...option.ClientOption) *firestore.Client {
	t.Helper()

	c, err := firestore.NewClient(t.Context(), "p", opts...)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = c.Close() })

	return c
}

func newStage(t *testing.T, seed func(context.Context, *overlay.Document) error, most int) stage {
	t.Helper()

	s := stage{real: start(t)}
	s.writer = client(t, s.real.ClientOptions()...)

	for i := range 10 {
		if _, err := s.writer.Doc(fmt.Sprint("numbers/", i)).Set(t.Context(), map[string]any{"n": i, "even": i%2 == 0, "at": noon.Add(time.Duration(i) * time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}

	reader, err := overlay.OpenReal(t.Context(), "p", "", s.real.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })

	local := start(t)
	s.overlay = overlay.New(overlay.Options{Local: local.Firestore(), Real: reader, Seed: seed, MaxSeeded: most})
	s.client = client(t, local.ClientOptions(s.overlay.DialOptions()...)...)

	s.real.Firestore().ResetCounts()

	return s
}

// ids runs a query and returns the ids of what it finds.
func ids(t *testing.T, q firestore.Query) string {
	t.Helper()

	docs, err := q.Documents(t.Context()).GetAll()
	if err != nil {
		t.Fatal(err)
	}

	var all []string
	for _, d := range docs {
		all = append(all, d.Ref.ID)
	}

	return strings.Join(all, " ")
}

// TestReadsFallThroughAndWritesStay reads, changes, deletes and creates documents: the overlay has it as it was done, and the real Firestore has
// nothing of it.
func TestReadsFallThroughAndWritesStay(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, 0)
	ctx := t.Context()
	three, four, ten := s.client.Doc("numbers/3"), s.client.Doc("numbers/4"), s.client.Doc("numbers/10")

	read, err := three.Get(ctx)
	if err != nil || read.Data()["n"] != int64(3) {
		t.Fatalf("got %v, %v", read.Data(), err)
	}
	if _, err = three.Create(ctx, map[string]any{"n": 33}); status.Code(err) != codes.AlreadyExists {
		t.Errorf("create what is there: got %v", err)
	}
	if _, err = three.Update(ctx, []firestore.Update{{Path: "n", Value: 33}}, firestore.LastUpdateTime(read.UpdateTime)); err != nil {
		t.Errorf("update what was read: %v", err)
	}
	if _, err = three.Update(ctx, []firestore.Update{{Path: "n", Value: 34}}, firestore.LastUpdateTime(read.UpdateTime)); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("update what has changed: got %v", err)
	}
	if _, err = four.Delete(ctx); err != nil {
		t.Error(err)
	}
	if _, err = ten.Create(ctx, map[string]any{"n": 10, "even": true}); err != nil {
		t.Error(err)
	}

	numbers := s.client.Collection("numbers")
	if got := ids(t, numbers.Where("even", "==", true).OrderBy("n", firestore.Asc)); got != "0 2 6 8 10" {
		t.Errorf("the even numbers: got %s", got)
	}
	if got := ids(t, numbers.OrderBy("n", firestore.Desc).Limit(2)); got != "3 10" {
		t.Errorf("the greatest: got %s", got)
	}
	if got := strings.Join(s.overlay.Written(), " "); got != "numbers/10 numbers/3 numbers/4" {
		t.Errorf("written: got %s", got)
	}
	if counts := s.real.Firestore().Counts(); counts.Writes+counts.Deletes > 0 {
		t.Errorf("the real Firestore was written to: %+v", counts)
	}
}

// TestFirstLookCounts changes what is real after it was read: the overlay stays as it was, and reads no document twice.
func TestFirstLookCounts(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, 0)

	if err := s.overlay.Prefetch(t.Context(), "numbers/1", "numbers/2", "numbers/absent"); err != nil {
		t.Fatal(err)
	}

	reads := s.real.Firestore().Counts().Reads
	for _, path := range []string{"numbers/1", "numbers/absent"} {
		if _, err := s.writer.Doc(path).Set(t.Context(), map[string]any{"n": 100}); err != nil {
			t.Fatal(err)
		}
	}

	one, err := s.client.Doc("numbers/1").Get(t.Context())
	if err != nil || one.Data()["n"] != int64(1) {
		t.Errorf("got %v, %v", one.Data(), err)
	}
	if _, err = s.client.Doc("numbers/absent").Get(t.Context()); status.Code(err) != codes.NotFound {
		t.Errorf("what was not there: got %v", err)
	}
	if got := ids(t, s.client.Collection("numbers").OrderBy("n", firestore.Asc).Limit(3)); got != "0 1 2" {
		t.Errorf("the least: got %s", got)
	}
	if after := s.real.Firestore().Counts().Reads - reads; after > 3 {
		t.Errorf("%d reads for one query of three", after)
	}
}

// TestHiddenAreNotCounted hides some documents: a query with a limit goes on until it has as many others, and an aggregation has only those.
func TestHiddenAreNotCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(_ context.Context, d *overlay.Document) error {
		switch {
		case d.Time("at").Before(noon.Add(5 * time.Hour)):
			d.Hide()
		case d.Path == "numbers/7":
			d.Remove("n")
		}

		return nil
	}, 0)
	numbers := s.client.Collection("numbers")

	if got := ids(t, numbers.OrderBy("n", firestore.Asc).Limit(2)); got != "5 6" {
		t.Errorf("the least: got %s", got)
	}
	if got := ids(t, numbers.OrderBy("n", firestore.Asc).Offset(1).Limit(2)); got != "6 8" {
		t.Errorf("those after the least: got %s", got)
	}

	counted, err := numbers.NewAggregationQuery().WithCount("all").WithSum("n", "sum").Get(t.Context())
	if got, _ := counted["sum"].(*firestorepb.Value); err != nil || got.GetIntegerValue() != 5+6+8+9 {
		t.Errorf("got %v, %v", counted, err)
	}
	if _, err = s.client.Doc("numbers/0").Create(t.Context(), map[string]any{"n": 0}); err != nil {
		t.Errorf("create what is hidden: %v", err)
	}
}

// TestTooMany refuses a query that would bring more than may be laid over.
func TestTooMany(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, 9)

	if _, err := s.client.Collection("numbers").Documents(t.Context()).GetAll(); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("got %v", err)
	}
	if got := ids(t, s.client.Collection("numbers").OrderBy("n", firestore.Asc).Limit(4)); got != "0 1 2 3" {
		t.Errorf("four of them: got %s", got)
	}
}

// TestOnlyWhatIsLaidOver refuses a call that would be answered by the local Firestore alone.
func TestOnlyWhatIsLaidOver(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, 0)

	if _, err := s.client.Collection("numbers").DocumentRefs(t.Context()).GetAll(); status.Code(err) != codes.Unimplemented {
		t.Errorf("got %v", err)
	}
}

// TestWhatDiffersIsNotCounted changes documents, in the overlay and as they are taken over, so that a query does not find them any more: it goes on
// until it has as many others as its limit asks for.
func TestWhatDiffersIsNotCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(_ context.Context, d *overlay.Document) error {
		if d.Path == "numbers/1" {
			d.Remove("n")
		}

		return nil
	}, 0)

	for path, to := range map[string]int{"numbers/0": 100, "numbers/2": 101} {
		if _, err := s.client.Doc(path).Update(t.Context(), []firestore.Update{{Path: "n", Value: to}}); err != nil {
			t.Fatal(err)
		}
	}

	if got := ids(t, s.client.Collection("numbers").OrderBy("n", firestore.Asc).Limit(2)); got != "3 4" {
		t.Errorf("the least: got %s, want those that are the least now", got)
	}
}

// TestTransformsSeeWhatIsReal raises a number of a document that was not read before: it goes on from the real one.
func TestTransformsSeeWhatIsReal(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil, 0)

	for path, change := range map[string]any{"numbers/5": firestore.Increment(10), "numbers/6": firestore.FieldTransformMaximum(3)} {
		if _, err := s.client.Doc(path).Set(t.Context(), map[string]any{"n": change}, firestore.MergeAll); err != nil {
			t.Fatal(err)
		}
	}

	for path, want := range map[string]int64{"numbers/5": 15, "numbers/6": 6} {
		if got, err := s.client.Doc(path).Get(t.Context()); err != nil || got.Data()["n"] != want || got.Data()["at"] == nil {
			t.Errorf("%s: got %v, %v, want %d and what else it has", path, got.Data(), err, want)
		}
	}

	if got := strings.Join(s.overlay.Written(), " "); got != "numbers/5 numbers/6" {
		t.Errorf("written: got %s", got)
	}
}
