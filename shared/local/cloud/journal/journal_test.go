package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(tb testing.TB, path string) *Journal {
	tb.Helper()
	j, err := Open(path)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	return j
}

func records(tb testing.TB, j *Journal) []string {
	tb.Helper()
	var got []string
	if err := j.Replay(func(rec []byte) error { got = append(got, string(rec)); return nil }); err != nil {
		tb.Fatalf("replay: %v", err)
	}
	return got
}

func add(tb testing.TB, j *Journal, recs ...string) {
	tb.Helper()
	for _, r := range recs {
		if err := j.Wait(j.Append([]byte(r))); err != nil {
			tb.Fatalf("append %q: %v", r, err)
		}
	}
}

func file(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "x.journal")
}

func TestJournal_reopened_journal_replays_everything_in_order(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	want := []string{"a", "Pb", "Fc"}
	add(t, j, "a")
	for _, s := range []struct {
		prefix byte
		rec    string
	}{{'P', "b"}, {'F', "c"}} {
		v := j.Service(s.prefix)
		if err := v.Wait(v.Append([]byte(s.rec))); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := records(t, open(t, path)); !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("mode: got %o, want 600", got)
	}
}

// What is in the file when Wait returns is what a killed process leaves: nothing waits in memory.
func TestJournal_waited_record_is_in_the_file_without_close(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	for i := range 20 {
		add(t, j, fmt.Sprint(i))
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy")
		if err = os.WriteFile(copied, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := len(records(t, open(t, copied))); got != i+1 {
			t.Fatalf("after %d waits the file holds %d records", i+1, got)
		}
	}
}

func TestJournal_damaged_file(t *testing.T) {
	t.Parallel()
	var sound []byte
	sound = append(sound, magic...)
	for _, r := range []string{"one", "two", "three"} {
		sound = encode(sound, nil, []byte(r))
	}
	last := len(sound) - headerLen - len("three")
	flip := func(b []byte, at int) []byte { b[at] ^= 0x40; return b }
	all := []string{"one", "two", "three"}
	for name, tc := range map[string]struct {
		file []byte
		want []string
		err  error
	}{
		"sound":                     {sound, all, nil},
		"empty_file":                {nil, nil, nil},
		"too_short_a_magic":         {sound[:3], nil, ErrCorrupt},
		"too_short_another_file":    {[]byte("PK"), nil, ErrCorrupt},
		"only_magic":                {sound[:len(magic)], nil, nil},
		"torn_header":               {sound[:last+3], all[:2], nil},
		"torn_payload":              {sound[:len(sound)-1], all[:2], nil},
		"last_checksum_wrong":       {flip(bytes.Clone(sound), len(sound)-1), all[:2], nil},
		"zeros_at_the_end":          {append(bytes.Clone(sound), make([]byte, 100)...), all, nil},
		"length_beyond_the_end":     {append(bytes.Clone(sound), 0xff, 0xff, 0, 0, 1, 2, 3, 4, 5), all, nil},
		"length_above_any_record":   {append(bytes.Clone(sound), 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5), nil, ErrCorrupt},
		"damage_in_the_middle":      {flip(bytes.Clone(sound), len(magic)+headerLen), nil, ErrCorrupt},
		"zero_length_in_the_middle": {append(append(bytes.Clone(sound), make([]byte, 8)...), sound[len(magic):]...), nil, ErrCorrupt},
		"other_file":                {[]byte("PK\x03\x04 something else"), nil, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			if err := os.WriteFile(path, tc.file, 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Open(path)
			if !errors.Is(err, tc.err) {
				t.Fatalf("open: got %v, want %v", err, tc.err)
			}
			if err != nil {
				return
			}
			if got := records(t, j); !cmp.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			add(t, j, "after") // and what is appended next lies behind the sound part
			if err = j.Close(); err != nil {
				t.Fatal(err)
			}
			want := append(append([]string(nil), tc.want...), "after")
			if got := records(t, open(t, path)); !cmp.Equal(got, want) {
				t.Errorf("reopened: got %q, want %q", got, want)
			}
		})
	}
}

func TestJournal_every_torn_length_keeps_the_records_before_it(t *testing.T) {
	t.Parallel()
	sound := []byte(magic)
	ends := []int{len(sound)}
	for i := range 5 {
		sound = encode(sound, []byte("P"), bytes.Repeat([]byte{byte(i)}, i*3+1))
		ends = append(ends, len(sound))
	}
	for n := len(magic); n <= len(sound); n++ {
		want := 0
		for want+1 < len(ends) && ends[want+1] <= n {
			want++
		}
		got := 0
		end, err := scan(bytes.NewReader(sound[:n]), int64(n), func([]byte) error { got++; return nil })
		if err != nil || got != want || end != int64(ends[want]) {
			t.Errorf("%d bytes: got %d records to %d, error %v; want %d to %d", n, got, end, err, want, ends[want])
		}
	}
}

func TestJournal_queued_records_share_one_write(t *testing.T) {
	t.Parallel()
	j := open(t, file(t))
	const n = 100
	var last uint64
	j.mu.Lock()
	j.paused = true
	j.mu.Unlock()
	for i := range n {
		last = j.Append(fmt.Append(nil, i))
	}
	j.mu.Lock()
	j.paused = false
	j.work.Signal()
	j.mu.Unlock()
	if err := j.Wait(last); err != nil {
		t.Fatal(err)
	}
	if got := j.Stats(); got.Writes != 1 || got.Records != n {
		t.Errorf("got %+v, want %d records in one write", got, n)
	}
}

func TestJournal_concurrent_appends_are_all_kept(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	const workers, each = 32, 50
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range each {
				if err := j.Wait(j.Append(fmt.Appendf(nil, "%d/%d", w, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range records(t, open(t, path)) {
		seen[r] = true
	}
	if len(seen) != workers*each {
		t.Errorf("kept %d of %d", len(seen), workers*each)
	}
}

// fullDisk is a file whose disk is full: it takes so many bytes more, and fails after that.
type fullDisk struct {
	storage
	left int
}

var errFull = errors.New("no space left on device")

func (f *fullDisk) Write(b []byte) (int, error) {
	if len(b) <= f.left {
		f.left -= len(b)
		return f.storage.Write(b)
	}
	n, err := f.storage.Write(b[:f.left])
	f.left = 0
	return n, errors.Join(err, errFull)
}

// On a full disk every append fails at its wait, whether a part of it was written or nothing; what was written before is
// answered as before. Once there is room, the next append has all that failed written before itself, without a restart.
func TestJournal_full_disk_is_recovered_from(t *testing.T) {
	t.Parallel()
	for name, left := range map[string]int{"nothing_written": 0, "part_of_a_header": 5, "part_of_a_record": headerLen + 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := file(t)
			j := open(t, path)
			add(t, j, "sound")
			disk := &fullDisk{storage: j.file, left: left}
			j.file = disk
			for _, rec := range []string{"first", "second"} {
				if err := j.Wait(j.Append([]byte(rec))); !errors.Is(err, errFull) {
					t.Errorf("%s: got %v, want %v", rec, err, errFull)
				}
				if err := j.Wait(1); err != nil {
					t.Errorf("the record written before: got %v", err)
				}
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if want := string(encode([]byte(magic), nil, []byte("sound"))); string(raw) != want {
				t.Errorf("the file has %q, want its sound part %q", raw, want)
			}

			j.mu.Lock()
			disk.left = 1 << 20
			j.mu.Unlock()
			add(t, j, "third")
			if err := j.Wait(3); err != nil {
				t.Errorf("a record that had failed: got %v, want it durable", err)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			if got, want := records(t, open(t, path)), []string{"sound", "first", "second", "third"}; !cmp.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// What still cannot be written at the end is an error of Close, which ends all the same.
func TestJournal_closed_on_a_full_disk(t *testing.T) {
	t.Parallel()
	j := open(t, file(t))
	j.file = &fullDisk{storage: j.file}
	if err := j.Wait(j.Append([]byte("lost"))); !errors.Is(err, errFull) {
		t.Errorf("append: got %v", err)
	}
	if err := j.Close(); !errors.Is(err, errFull) {
		t.Errorf("close: got %v, want %v", err, errFull)
	}
}

// A torn end is kept beside the journal, and each one by itself.
func TestJournal_torn_end_is_kept(t *testing.T) {
	t.Parallel()
	path := file(t)
	sound := encode([]byte(magic), nil, []byte("one"))
	torn := encode(nil, nil, []byte("two"))[:headerLen+1]
	kept := map[string]bool{}
	for range 2 {
		if err := os.WriteFile(path, append(bytes.Clone(sound), torn...), 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, path)
		cut := j.Cut()
		if cut.Bytes != int64(len(torn)) || cut.At != int64(len(sound)) || filepath.Dir(cut.Kept) != filepath.Dir(path) {
			t.Errorf("got %+v, want %d bytes cut at %d", cut, len(torn), len(sound))
		}
		if got, err := os.ReadFile(cut.Kept); err != nil || !bytes.Equal(got, torn) {
			t.Errorf("kept: got %q, %v; want %q", got, err, torn)
		}
		kept[cut.Kept] = true
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if again := open(t, path); again.Cut().Bytes != 0 {
			t.Errorf("opened again: got %+v, want nothing cut", again.Cut())
		} else if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(kept) != 2 {
		t.Errorf("got %d files, want one for each torn end", len(kept))
	}
}

// Each bit of each length is damaged. None of it is a torn end, wherever the record lies and whatever length comes out.
func TestJournal_damaged_length_is_no_torn_end(t *testing.T) {
	t.Parallel()
	var starts []int
	sound := []byte(magic)
	for _, rec := range []string{"one", "two and more", "three"} {
		starts = append(starts, len(sound))
		sound = encode(sound, nil, []byte(rec))
	}
	for n, at := range starts {
		for bit := range 32 {
			b := bytes.Clone(sound)
			b[at+bit/8] ^= 1 << (bit % 8)
			short := binary.LittleEndian.Uint32(b[at:]) < binary.LittleEndian.Uint32(sound[at:])
			path := file(t)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path)
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("record %d, bit %d (shorter: %v): got %v, want %v", n, bit, short, err, ErrCorrupt)
			}
			if got, rerr := os.ReadFile(path); rerr != nil || !bytes.Equal(got, b) {
				t.Errorf("record %d, bit %d: the file was changed", n, bit)
			}
		}
	}
}

func TestJournal_refuses_what_cannot_be_a_record(t *testing.T) {
	t.Parallel()
	for name, rec := range map[string][]byte{"empty": nil, "over_64_MiB": make([]byte, maxRecord+1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := open(t, file(t))
			if err := j.Wait(j.Append(rec)); !errors.Is(err, ErrTooLarge) {
				t.Errorf("got %v, want %v", err, ErrTooLarge)
			}
		})
	}
}

func TestJournal_compact_keeps_snapshot_and_what_came_meanwhile(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	for i := range 100 {
		add(t, j, fmt.Sprint("garbage ", i))
	}
	before := j.Stats().Size
	err := j.Compact(func(emit func([]byte) error) error {
		j.Append([]byte("meanwhile"))
		return errors.Join(emit([]byte("alive 1")), emit([]byte("alive 2")))
	})
	if err != nil {
		t.Fatal(err)
	}
	add(t, j, "later")
	if after := j.Stats().Size; after >= before {
		t.Errorf("size: %d before, %d after", before, after)
	}
	if err = j.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{"alive 1", "alive 2", "meanwhile", "later"}
	if got := records(t, open(t, path)); !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is appended during a compaction is durable at once: at each moment of it the file has every record that was waited for,
// as a killed process leaves it. The whole of it is more than what is copied while the writer is stopped.
func TestJournal_compact_stops_nobody(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	add(t, j, "garbage")
	var want []string
	kept := func() {
		t.Helper()
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy")
		if err = os.WriteFile(copied, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		got := records(t, open(t, copied))
		if got = got[len(got)-min(len(got), len(want)):]; !cmp.Equal(got, want) {
			t.Errorf("a killed process leaves %d records, want the last %d that were waited for", len(got), len(want))
		}
	}
	big := string(bytes.Repeat([]byte("x"), fewBytes/4))
	more := func() {
		for range 3 {
			rec := fmt.Sprint(len(want), big)
			add(t, j, rec)
			want = append(want, rec)
		}
		kept()
	}

	if err := j.Compact(func(emit func([]byte) error) error {
		more()
		err := emit([]byte("alive"))
		more()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	kept()
	more()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got, all := records(t, open(t, path)), append([]string{"alive"}, want...); !cmp.Equal(got, all) {
		t.Errorf("got %d records, want %d", len(got), len(all))
	}
}

// Compactions that come at once take turns, and records that come meanwhile from many goroutines are all kept, in order.
func TestJournal_compactions_and_appends_at_once(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	const writers, each = 4, 300
	var (
		mu    sync.Mutex
		state [writers]int // the last record of each
		wg    sync.WaitGroup
	)
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				mu.Lock()
				seq := j.Append(fmt.Appendf(nil, "%d %d", w, i+1))
				state[w] = i + 1
				mu.Unlock()
				if err := j.Wait(seq); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		wg.Go(func() {
			for range 20 {
				err := j.Compact(func(emit func([]byte) error) error {
					mu.Lock()
					now := state
					mu.Unlock()
					for w, i := range now {
						if err := emit(fmt.Appendf(nil, "%d %d", w, i)); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var got [writers]int
	for _, rec := range records(t, open(t, path)) {
		var w, i int
		if _, err := fmt.Sscan(rec, &w, &i); err != nil {
			t.Fatal(err)
		}
		got[w] = i
	}
	if want := [writers]int{each, each, each, each}; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJournal_failed_compact_changes_nothing(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	add(t, j, "one")
	cause := errors.New("no snapshot")
	err := j.Compact(func(emit func([]byte) error) error { return errors.Join(emit([]byte("half")), cause) })
	if !errors.Is(err, cause) {
		t.Fatalf("got %v, want %v", err, cause)
	}
	add(t, j, "two")
	if _, err = os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half file is left: %v", err)
	}
	if err = j.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := records(t, open(t, path)), []string{"one", "two"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJournal_second_opening_is_refused(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v, want %v", err, ErrLocked)
	}
	if err := j.Compact(func(func([]byte) error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("after a compaction: got %v, want %v", err, ErrLocked)
	}
}

func TestJournal_memory_mode_keeps_nothing_and_never_waits(t *testing.T) {
	t.Parallel()
	j := open(t, "")
	add(t, j, "one", "two")
	if got := records(t, j); got != nil {
		t.Errorf("replayed %q", got)
	}
	if err := j.Compact(nil); err != nil {
		t.Errorf("compact: %v", err)
	}
}

func TestJournal_append_after_close_fails_at_its_wait(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"file": file(t), "memory": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := open(t, path)
			add(t, j, "one")
			for range 2 {
				if err := j.Close(); err != nil {
					t.Fatalf("close: %v", err)
				}
			}
			if err := j.Wait(j.Append([]byte("late"))); !errors.Is(err, ErrClosed) {
				t.Errorf("got %v, want %v", err, ErrClosed)
			}
		})
	}
}

func TestJournal_replay_stops_at_the_first_error(t *testing.T) {
	t.Parallel()
	path := file(t)
	j := open(t, path)
	add(t, j, "one", "two")
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	cause, calls := errors.New("cannot apply"), 0
	if err := open(t, path).Replay(func([]byte) error { calls++; return cause }); !errors.Is(err, cause) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

// FuzzScan checks that no file makes the reader fail otherwise than by ErrCorrupt, and that the part it calls sound is
// indeed what the writer would have written.
func FuzzScan(f *testing.F) {
	sound := encode(encode([]byte(magic), nil, []byte("one")), nil, []byte("two"))
	f.Add(sound)
	f.Add(sound[:len(sound)-2])
	f.Add(append(bytes.Clone(sound), 0, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Add(binary.LittleEndian.AppendUint32([]byte(magic), 1<<31))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < len(magic) {
			return
		}
		again := []byte(magic)
		end, err := scan(bytes.NewReader(b), int64(len(b)), func(rec []byte) error {
			again = encode(again, nil, rec)
			return nil
		})
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("unexpected error: %v", err)
			}
			return
		}
		if !bytes.Equal(again, b[:end]) {
			t.Errorf("sound part differs from its records")
		}
	})
}

// BenchmarkJournal is a durable append, alone and with 64 others.
func BenchmarkJournal(b *testing.B) {
	for _, workers := range []int{1, 32} {
		b.Run(fmt.Sprintf("parallelism_%d", workers), func(b *testing.B) {
			j := open(b, file(b))
			rec := make([]byte, 500)
			b.SetParallelism(workers)
			b.SetBytes(int64(len(rec)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := j.Wait(j.Append(rec)); err != nil {
						b.Error(err)
						return
					}
				}
			})
			s := j.Stats()
			b.ReportMetric(float64(s.Records)/float64(s.Writes), "records/write")
		})
	}
}
