package firestore

import (
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
)

// maxDecoded is how many documents are kept as trees of values at least, of some 20 KB each.
const maxDecoded = 500

// decoded keeps the documents that were written last as trees of values, which nobody changes: a write mostly comes soon after another to the
// same document, and decoding would be the most of what it costs.
type decoded struct{ trees *cache.Recent[string, tree] }

// tree is a document and the body that it was encoded to.
type tree struct {
	body []byte
	doc  *pb.Document
}

func newDecoded() decoded { return decoded{cache.NewRecent[string, tree](maxDecoded)} }

// keep keeps the document that a record is the encoded form of.
func (d decoded) keep(r record, doc *pb.Document) {
	if !r.exists() {
		d.trees.Remove(r.name)
		return
	}

	d.trees.Put(r.name, tree{r.body, doc})
}

// of returns the document of a record; nil if the document is not there.
func (d decoded) of(r record) *pb.Document {
	if t, ok := d.trees.Get(r.name); ok && len(r.body) > 0 && len(t.body) == len(r.body) && &t.body[0] == &r.body[0] {
		return t.doc
	}

	return r.document()
}
