package bench

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

var update = flag.Bool("update", false, "write what is counted to testdata/capacity.json instead of comparing with it")

// step is what one message takes to be sent, or to be reported on three times.
type step struct {
	Reads  int64 `json:"reads"`
	Writes int64 `json:"writes"`
	// Published and Bytes are messages and their bytes by topic; of the event that it begins with too.
	Published map[string]int `json:"published"`
	Bytes     map[string]int `json:"bytes"`
	// LogBytes are rounded: lines hold how long something took.
	LogBytes int `json:"logBytes"`
}

// kept is a document as Firestore counts its bytes, with its entries in indexes.
type kept struct {
	Document   int `json:"document"`
	Entries    int `json:"entries"`
	EntryBytes int `json:"entryBytes"`
}

// counted is what does not depend on the machine.
type counted struct {
	Send      step `json:"send"`
	Callbacks step `json:"callbacks"`
	// Look is a call of sweep that finds nothing to do.
	Look step `json:"look"`
	// Stored are the documents that one message leaves, by collection, after three callbacks.
	Stored map[string]kept `json:"stored"`
}

// TestCapacityCounts holds what terraform/CAPACITY.md counts on: operations, bytes on topics, bytes of log and stored bytes of a message. With
// -update it writes them.
func TestCapacityCounts(t *testing.T) {
	t.Parallel()
	const n = 10
	c := newCounter(t)
	events, err := c.more(t.Context(), n)
	c.must(err)
	before := c.logs.Len()
	ops, _ := c.sendAll(events)
	got := counted{Send: c.step(n, ops, c.logs.Len()-before)}
	event := sizeOf(&pb.PubsubMessage{Data: events[0]})
	got.Send.Published[world.OrderEvents], got.Send.Bytes[world.OrderEvents] = 1, event

	before = c.logs.Len()
	callbacks, ops, _ := c.report()
	if callbacks != n*len(threeModes) {
		t.Fatalf("got %d callbacks of %d messages", callbacks, n)
	}
	got.Callbacks = c.step(n, ops, c.logs.Len()-before)
	got.Stored = c.stored(t)

	for range 2 { // the first finds what is done once a day
		c.reset()
		before = c.logs.Len()
		c.push(c.sweep, &pb.PubsubMessage{})
	}
	got.Look = c.step(1, c.cloud.Firestore().Counts(), c.logs.Len()-before)

	path := filepath.Join("..", "..", "..", "..", "testdata", "capacity.json")
	text, err := os.ReadFile(path)
	c.must(err)
	var file map[string]json.RawMessage
	c.must(json.Unmarshal(text, &file))
	if *update {
		file["counted"], err = json.Marshal(got)
		c.must(err)
		text, err = json.MarshalIndent(file, "", "  ")
		c.must(err)
		c.must(os.WriteFile(path, append(text, '\n'), 0o600))
		return
	}
	var want counted
	c.must(json.Unmarshal(file["counted"], &want))
	// Ids and times differ from run to run, so bytes may by a few.
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b int) bool { return a*50 >= b*49 && b*50 >= a*49 })); diff != "" {
		t.Errorf("a message takes something else than testdata/capacity.json says; make golden writes it (-want +got):\n%s", diff)
	}
}

// step returns what one of n took of all since the last reset.
func (c *counter) step(n int, ops firestore.Counts, logged int) step {
	s := step{Reads: ops.Reads / int64(n), Writes: ops.Writes / int64(n), Published: map[string]int{}, Bytes: map[string]int{}, LogBytes: (logged/n + 25) / 50 * 50}
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, times := range c.published {
		s.Published[topic], s.Bytes[topic] = (times+n/2)/n, c.bytes[topic]/n
	}

	return s
}

// stored returns the documents of a message, by Firestore's rules for what it stores.
func (c *counter) stored(t *testing.T) map[string]kept {
	t.Helper()
	var file struct {
		Indexes []struct {
			CollectionGroup string `json:"collectionGroup"`
			Fields          []struct {
				FieldPath string `json:"fieldPath"`
			} `json:"fields"`
		} `json:"indexes"`
		FieldOverrides []struct {
			CollectionGroup string `json:"collectionGroup"`
			FieldPath       string `json:"fieldPath"`
			Indexes         []any  `json:"indexes"`
		} `json:"fieldOverrides"`
	}
	c.must(json.NewDecoder(bytes.NewReader(store.Indexes)).Decode(&file))

	all := map[string]kept{}
	c.cloud.Firestore().Documents(func(name string, fields map[string]*fs.Value) bool {
		_, path, _ := strings.Cut(name, "/documents/")
		collection, id, _ := strings.Cut(path, "/")
		if collection != "messages" && collection != "orders" || strings.Contains(id, "/") {
			return true
		}
		nameSize := 16 + len(collection) + 1 + len(id) + 1
		k := kept{Document: nameSize + 32 + mapSize(fields)}
		exempt := func(field string) bool {
			for _, o := range file.FieldOverrides {
				if o.CollectionGroup == collection && (field == o.FieldPath || strings.HasPrefix(field, o.FieldPath+".")) && len(o.Indexes) == 0 {
					return true
				}
			}
			return false
		}
		leaves("", fields, func(field string, v *fs.Value) {
			if exempt(field) {
				return
			}
			if list := v.GetArrayValue(); list != nil { // an entry for each element
				for _, e := range list.GetValues() {
					k.Entries++
					k.EntryBytes += nameSize + len(field) + 1 + valueSize(e) + 32
				}
				return
			}
			k.Entries += 2 // one for each direction
			k.EntryBytes += 2 * (nameSize + len(field) + 1 + valueSize(v) + 32)
		})
		for _, index := range file.Indexes {
			size, whole := nameSize+32, index.CollectionGroup == collection
			for _, f := range index.Fields {
				v := at(fields, f.FieldPath)
				if whole = whole && v != nil; whole {
					size += valueSize(v)
				}
			}
			if whole {
				k.Entries, k.EntryBytes = k.Entries+1, k.EntryBytes+size
			}
		}
		if k.Document > all[collection].Document {
			all[collection] = k
		}
		return true
	})

	return all
}

// leaves tells the values that are no maps, with their paths.
func leaves(above string, fields map[string]*fs.Value, tell func(path string, v *fs.Value)) {
	for name, v := range fields {
		if m := v.GetMapValue(); m != nil {
			leaves(above+name+".", m.GetFields(), tell)
			continue
		}
		tell(above+name, v)
	}
}

// at returns the value at a path; nil if there is none.
func at(fields map[string]*fs.Value, path string) *fs.Value {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		return fields[name]
	}
	return at(fields[name].GetMapValue().GetFields(), rest)
}

func mapSize(fields map[string]*fs.Value) int {
	n := 0
	for name, v := range fields {
		n += len(name) + 1 + valueSize(v)
	}

	return n
}

// valueSize is what Firestore stores of a value: a text with one byte more, numbers and times in eight, and what else is in it.
func valueSize(v *fs.Value) int {
	switch x := v.GetValueType().(type) {
	case *fs.Value_StringValue:
		return len(x.StringValue) + 1
	case *fs.Value_BytesValue:
		return len(x.BytesValue)
	case *fs.Value_BooleanValue, *fs.Value_NullValue:
		return 1
	case *fs.Value_MapValue:
		return mapSize(x.MapValue.GetFields())
	case *fs.Value_ArrayValue:
		n := 0
		for _, e := range x.ArrayValue.GetValues() {
			n += valueSize(e)
		}
		return n
	default:
		return 8
	}
}
