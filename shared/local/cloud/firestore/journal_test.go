package firestore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	client "cloud.google.com/go/firestore"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// fakeJournal is a journal in memory, which can be made to write nothing for a while.
type fakeJournal struct {
	mu      sync.Mutex
	records [][]byte
	stuck   chan struct{}
	full    error
}

// fill has every wait fail as on a full disk, until it is called with nil.
func (j *fakeJournal) fill(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.full = err
}

func (j *fakeJournal) block() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stuck = make(chan struct{})
}

func (j *fakeJournal) release() { close(j.stuck) }

func (j *fakeJournal) Append(rec []byte) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, rec)
	return uint64(len(j.records))
}

func (j *fakeJournal) Wait(uint64) error {
	j.mu.Lock()
	stuck, full := j.stuck, j.full
	j.mu.Unlock()
	if stuck != nil {
		<-stuck
	}
	return full
}

func (j *fakeJournal) all() [][]byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.records)
}

// contents is everything a server holds, versions included.
func contents(t *testing.T, s *firestore.Server) map[string]string {
	t.Helper()
	c := newClient(t, serve(t, s))
	out := map[string]string{}
	for name := range s.Documents {
		_, path, _ := strings.Cut(name, "/documents/")
		snap, err := c.Doc(path).Get(testContext(t))
		noError(t, err)
		out[name] = fmt.Sprint(snap.CreateTime.UnixMicro(), snap.UpdateTime.UnixMicro(), snap.Data())
	}
	return out
}

// busy commits from several goroutines at once, some of it refused, and stops after n rounds each.
func busy(t *testing.T, c *client.Client, n int) {
	t.Helper()
	ctx := testContext(t)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range n {
				shared, own := c.Collection("a").Doc(fmt.Sprint(i%7)), c.Collection("b").Doc(fmt.Sprint(g, "-", i))
				_, err := batch(c).Create(own, fields{"i": i}).Set(shared, fields{"n": client.Increment(1), fmt.Sprint("g", g): i}, client.MergeAll).Commit(ctx)
				noError(t, err)
				_, _ = own.Create(ctx, fields{"again": true})
				if i%3 == 0 {
					_, err := own.Delete(ctx)
					noError(t, err)
				}
			}
		})
	}
	wg.Wait()
}

func replay(t *testing.T, records [][]byte) *firestore.Server {
	t.Helper()
	s, err := firestore.New(firestore.Options{})
	noError(t, err)
	for _, rec := range records {
		noError(t, s.Replay(rec))
	}
	return s
}

// TestReadsGoOnWhileTheDiskIsFull has no write be kept for a while: writes fail then, reads do not, and afterwards both succeed.
func TestReadsGoOnWhileTheDiskIsFull(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	_, c := newServer(t, firestore.Options{Journal: j})
	doc := c.Doc("a/1")
	_, err := doc.Create(testContext(t), fields{"n": 1})
	noError(t, err)

	j.fill(errors.New("no space left on device"))
	if _, err = doc.Set(testContext(t), fields{"n": 2}); err == nil {
		t.Error("a write succeeds")
	}
	if _, err = doc.Get(testContext(t)); err != nil {
		t.Errorf("get: %v", err)
	}
	all, err := c.Collection("a").Documents(testContext(t)).GetAll()
	if err != nil || len(all) != 1 {
		t.Errorf("query: got %d documents, %v", len(all), err)
	}

	j.fill(nil)
	_, err = doc.Set(testContext(t), fields{"n": 3})
	noError(t, err)
}

func TestReplayRestoresTheState(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	s, c := newServer(t, firestore.Options{Journal: j})
	busy(t, c, 20)
	want := contents(t, s)
	if len(want) == 0 {
		t.Fatal("nothing was written")
	}
	restored := replay(t, j.all())
	if diff := cmp.Diff(want, contents(t, restored)); diff != "" {
		t.Fatalf("the replayed state differs (-want +got):\n%s", diff)
	}
	var snapshot [][]byte
	noError(t, s.Snapshot(func(rec []byte) error {
		snapshot = append(snapshot, slices.Clone(rec))
		return nil
	}))
	if diff := cmp.Diff(want, contents(t, replay(t, snapshot))); diff != "" {
		t.Fatalf("the state of the snapshot differs (-want +got):\n%s", diff)
	}
	// A journal keeps what was appended since before its snapshot: replaying records twice changes nothing.
	if diff := cmp.Diff(want, contents(t, replay(t, append(snapshot, j.all()[len(j.all())/2:]...)))); diff != "" {
		t.Fatalf("the state of the snapshot and the tail differs (-want +got):\n%s", diff)
	}
}

// TestSnapshotWhileWriting commits while a snapshot is taken. With the records since before it, it restores the state.
func TestSnapshotWhileWriting(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	s, c := newServer(t, firestore.Options{Journal: j})
	for i := range 300 {
		set(t, c.Doc(fmt.Sprint("b/", i)), fields{"i": i})
	}
	from := len(j.all())
	var snapshot [][]byte
	noError(t, s.Snapshot(func(rec []byte) error {
		snapshot = append(snapshot, slices.Clone(rec))
		i := len(snapshot)
		_, err := batch(c).
			Set(c.Doc("b/7"), fields{"n": client.Increment(1)}, client.MergeAll).
			Delete(c.Doc(fmt.Sprint("b/", 10*i))).
			Set(c.Doc(fmt.Sprint("b/", 10*i+1)), fields{"again": i}).
			Create(c.Doc(fmt.Sprint("d/", i, "/e/", i)), fields{"i": i}).
			Commit(testContext(t))
		if err == nil && i > 1 {
			_, err = c.Doc(fmt.Sprint("d/", i-1, "/e/", i-1)).Delete(testContext(t))
		}
		return err
	}))
	if len(snapshot) < 4 {
		t.Fatalf("the snapshot has %d records: the test proves nothing", len(snapshot))
	}
	if diff := cmp.Diff(contents(t, s), contents(t, replay(t, append(snapshot, j.all()[from:]...)))); diff != "" {
		t.Fatalf("the restored state differs (-want +got):\n%s", diff)
	}
}

// TestAnUpdateIsKeptAsWhatChanged writes one field of a large document, and finds only that in the journal. Replayed over a
// state that has it already, or whose document is deleted next, it leads to the same.
func TestAnUpdateIsKeptAsWhatChanged(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	s, c := newServer(t, firestore.Options{Journal: j})
	ctx := testContext(t)
	doc, other := c.Doc("a/1"), c.Doc("a/2")
	set(t, doc, fields{"big": strings.Repeat("x", 10_000), "n": 1, "gone": true, "m": fields{"a": 1, "b": 2}})
	set(t, other, fields{"n": 1})
	from := len(j.all())
	_, err := doc.Update(ctx, []client.Update{{Path: "n", Value: 2}, {Path: "gone", Value: client.Delete}, {Path: "m.b", Value: 3}})
	noError(t, err)
	_, err = other.Update(ctx, []client.Update{{Path: "n", Value: 2}})
	noError(t, err)
	_, err = other.Delete(ctx)
	noError(t, err)
	_, err = batch(c).Delete(doc).Set(doc, fields{"big": strings.Repeat("x", 10_000), "n": 2, "m": fields{"a": 1, "b": 3}}).Commit(ctx)
	noError(t, err)
	tail := j.all()[from:]
	for i, rec := range tail {
		if len(rec) > 500 {
			t.Errorf("record %d of the updates has %d bytes", i, len(rec))
		}
	}

	want := contents(t, s)
	if diff := cmp.Diff(want, contents(t, replay(t, j.all()))); diff != "" {
		t.Errorf("the replayed state differs (-want +got):\n%s", diff)
	}
	var snapshot [][]byte
	noError(t, s.Snapshot(func(rec []byte) error {
		snapshot = append(snapshot, slices.Clone(rec))
		return nil
	}))
	if diff := cmp.Diff(want, contents(t, replay(t, append(snapshot, tail...)))); diff != "" {
		t.Errorf("the state of the snapshot and the updates differs (-want +got):\n%s", diff)
	}
}

// TestReplayOfWholeDocuments replays what earlier versions wrote: every document as a whole, in the order of its encoder.
func TestReplayOfWholeDocuments(t *testing.T) {
	t.Parallel()
	name := "projects/" + project + "/databases/(default)/documents/a/1"
	at := timestamppb.New(time.UnixMicro(1_700_000_000_000_001))
	rec, err := proto.Marshal(&pb.CommitRequest{
		Transaction: binary.BigEndian.AppendUint64(nil, 1_700_000_000_000_001),
		Writes: []*pb.Write{
			{Operation: &pb.Write_Update{Update: &pb.Document{
				Name: name, CreateTime: at, UpdateTime: at,
				Fields: map[string]*pb.Value{"s": {ValueType: &pb.Value_StringValue{StringValue: "text"}}},
			}}},
			{Operation: &pb.Write_Delete{Delete: name + "/b/2"}},
		},
	})
	noError(t, err)
	want := map[string]string{name: "1700000000000001 1700000000000001 map[s:text]"}
	if diff := cmp.Diff(want, contents(t, replay(t, [][]byte{rec}))); diff != "" {
		t.Errorf("the replayed state differs (-want +got):\n%s", diff)
	}
}

func TestACommitIsNeverTorn(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	_, c := newServer(t, firestore.Options{Journal: j})
	ctx := testContext(t)
	for i := range 30 {
		_, err := batch(c).Set(c.Doc("a/1"), fields{"n": i}).Set(c.Doc("a/2"), fields{"n": i}).Delete(c.Doc(fmt.Sprint("b/", i-1))).Set(c.Doc(fmt.Sprint("b/", i)), fields{}).Commit(ctx)
		noError(t, err)
	}
	records := j.all()
	for cut := range len(records) + 1 {
		got := map[string]string{}
		replay(t, records[:cut]).Documents(func(name string, f map[string]*pb.Value) bool {
			got[name[strings.LastIndex(name, "documents/")+10:]] = fmt.Sprint(f["n"].GetIntegerValue())
			return true
		})
		want := map[string]string{}
		if cut > 0 {
			n := fmt.Sprint(cut - 1)
			want = map[string]string{"a/1": n, "a/2": n, "b/" + n: "0"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("after %d of %d records (-want +got):\n%s", cut, len(records), diff)
		}
	}
}

func TestReplayRefusesWhatIsNotARecord(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	_, c := newServer(t, firestore.Options{Journal: j})
	set(t, c.Doc("a/1"), fields{"s": "text"})
	rec := j.all()[0]
	for cut := range len(rec) {
		s, err := firestore.New(firestore.Options{})
		noError(t, err)
		if err := s.Replay(rec[:cut]); err == nil && len(contents(t, s)) > 0 {
			t.Fatalf("the first %d of %d bytes of a record changed the state", cut, len(rec))
		}
	}
}

func FuzzReplay(f *testing.F) {
	j := &fakeJournal{}
	_, c := newServer(f, firestore.Options{Journal: j})
	if _, err := c.Doc("a/1").Set(f.Context(), fields{"s": "text", "m": fields{"x": 1}}); err != nil {
		f.Fatal(err)
	}
	f.Add(j.all()[0])
	f.Fuzz(func(t *testing.T, rec []byte) {
		s, err := firestore.New(firestore.Options{})
		noError(t, err)
		_ = s.Replay(rec)
		s.Documents(func(name string, _ map[string]*pb.Value) bool { return strings.HasPrefix(name, "projects/") })
	})
}

// TestAnswersWaitForTheJournal lets nothing become durable and looks which calls answer.
func TestAnswersWaitForTheJournal(t *testing.T) {
	t.Parallel()
	j := &fakeJournal{}
	_, c := newServer(t, firestore.Options{Journal: j})
	set(t, c.Doc("a/1"), fields{"n": 1})
	j.block()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	doc := c.Doc("a/1")
	answered := make(chan error, 1)
	go func() {
		_, err := doc.Update(ctx, []client.Update{{Path: "n", Value: 2}})
		answered <- err
	}()
	testkit.Eventually(t, 30*time.Second, "the update reaches the journal", func() bool { return len(j.all()) == 2 })
	time.Sleep(200 * time.Millisecond) // the time that an answer would have
	cancel()
	wantCode(t, <-answered, codes.Canceled)
	equal(t, "records of the journal", len(j.all()), 2)
	// The update is applied in memory, so that whatever could tell must not be answered either.
	ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	for name, call := range map[string]func() error{
		"get":    func() error { _, err := doc.Get(ctx); return err },
		"query":  func() error { _, err := c.Collection("a").Documents(ctx).GetAll(); return err },
		"create": func() error { _, err := doc.Create(ctx, fields{}); return err },
	} {
		// The client names the end of its time in its own words or in those of the stream that it cut.
		if err := call(); !errors.Is(err, context.DeadlineExceeded) && status.Code(err) != codes.DeadlineExceeded {
			t.Errorf("%s: error = %v, want none but the deadline's while the journal is stuck", name, err)
		}
	}
	j.release()
	wantFields(t, doc, fields{"n": int64(2)})
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s, c := newServer(t, firestore.Options{Journal: &fakeJournal{}})
	ctx := testContext(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		q := c.Collection("a").Where("n", ">", 0).OrderBy("n", client.Desc).Limit(3)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_, _ = q.Documents(ctx).GetAll()
			_, _ = c.GetAll(ctx, []*client.DocumentRef{c.Doc("a/1"), c.Doc("a/2")})
			_ = s.Snapshot(func([]byte) error { return nil })
			s.SweepTTL(time.Unix(1, 0))
			s.Counts()
		}
	}()
	busy(t, c, 25)
	close(stop)
	<-done
	sum := int64(0)
	snaps, err := c.Collection("a").Documents(ctx).GetAll()
	noError(t, err)
	for _, snap := range snaps {
		n, _ := snap.Data()["n"].(int64)
		sum += n
	}
	if sum < 100 {
		t.Fatalf("increments add up to %d, want the 100 of busy at least", sum)
	}
}
