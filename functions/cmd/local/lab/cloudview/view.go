// Package cloudview shows what stands in the local cloud: the documents of Firestore, what was published to each topic and what of it waits, and the
// names of secrets. What would tell of a person, and what would open something, is masked unless it is asked for: mask.go decides on that alone.
package cloudview

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// pageSize is how many documents or messages a page has.
const pageSize = 50

// View shows a cloud. It is safe for concurrent use.
type View struct {
	cloud *cloud.Cloud
	heard *heard
}

// New returns a view of a cloud, which keeps what is published from now on.
func New(c *cloud.Cloud) *View {
	v := &View{cloud: c, heard: newHeard()}
	c.PubSub().OnPublish(v.heard.add)

	return v
}

// Collection is a collection of documents, or all that have one name and stand below documents of one collection.
type Collection struct {
	// Name is its path, with "*" for documents, such as "customers/*/consents".
	Name      string
	Documents int
}

// Collections lists the collections that have documents, by name.
func (v *View) Collections() []Collection {
	counts := map[string]int{}
	for path := range v.documents {
		counts[collectionOf(path)]++
	}

	return sorted(counts)
}

// sorted are collections by name.
func sorted(counts map[string]int) []Collection {
	var all []Collection
	for name, n := range counts {
		all = append(all, Collection{Name: name, Documents: n})
	}

	slices.SortFunc(all, func(a, b Collection) int { return cmp.Compare(a.Name, b.Name) })

	return all
}

// documents yields the path and the fields of each document.
func (v *View) documents(yield func(path string, fields map[string]*fs.Value) bool) {
	v.cloud.Firestore().Documents(func(name string, fields map[string]*fs.Value) bool {
		_, path, _ := strings.Cut(name, "/documents/")
		return yield(path, fields)
	})
}

// collectionOf returns the collection of a document.
func collectionOf(path string) string {
	parts := strings.Split(path, "/")
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "*"
	}

	return strings.Join(parts[:len(parts)-1], "/")
}

// Row is a document in a list.
type Row struct {
	Path string
	// Label is the path, masked.
	Label string
	// Preview are its fields that are a text, a number or the like, masked, as far as they fit in a line.
	Preview string
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	// Number counts from 1 to Pages; Total is how many items the whole list has.
	Number, Pages, Total int
}

// paged returns the page of that number, or the nearest that there is.
func paged[T any](all []T, number int) Page[T] {
	pages := max(1, (len(all)+pageSize-1)/pageSize)
	number = min(max(number, 1), pages)
	first := (number - 1) * pageSize

	return Page[T]{
		Items:  all[first:min(first+pageSize, len(all))],
		Number: number,
		Pages:  pages,
		Total:  len(all),
	}
}

// maxPreview is how many characters of a document its row shows.
const maxPreview = 320

// Documents returns a page of the documents of a collection that hold a text, in their path or their values, in any case; all for an empty one. A
// telephone number is found in any spelling. The search looks at what is stored, the rows are masked.
func (v *View) Documents(collection, search string, number int) Page[Row] {
	type found struct {
		path   string
		fields map[string]*fs.Value
	}

	var all []found
	for path, fields := range v.documents {
		if collectionOf(path) == collection && holds(search, path, write(nil, path, fields)) {
			all = append(all, found{path, fields})
		}
	}

	page := paged(all, number)
	m := v.masker()
	rows := Page[Row]{
		Number: page.Number,
		Pages:  page.Pages,
		Total:  page.Total,
	}

	for _, d := range page.Items {
		rows.Items = append(rows.Items, Row{
			Path:    d.path,
			Label:   m.key(d.path),
			Preview: preview(m, d.path, d.fields),
		})
	}

	return rows
}

// holds reports whether one of the texts has what is searched for.
func holds(search string, texts ...string) bool {
	wanted := []string{strings.ToLower(strings.TrimSpace(search))}
	if digits := phone.Digits(search); phone.Resembles(search) && digits != "" {
		wanted = append(wanted, digits)
	}

	for _, text := range texts {
		for _, w := range wanted {
			if strings.Contains(strings.ToLower(text), w) {
				return true
			}
		}
	}

	return false
}

// preview is the beginning of a document in a line.
func preview(m *masker, path string, fields map[string]*fs.Value) string {
	var line []string

	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if text := plain(m, placeOf(path).in(name), fields[name]); text != "" {
			line = append(line, m.key(name)+" "+text)
		}
	}

	text := strings.Join(line, ", ")
	if runes := []rune(text); len(runes) > maxPreview {
		return string(runes[:maxPreview]) + "…"
	}

	return text
}

// Document is one document.
type Document struct {
	Path, Collection string
	// Label is the path, masked unless the document is shown.
	Label string
	// JSON are its fields, typed: numbers, texts, lists and maps are those of JSON, and what JSON has no form for is an object with one key that
	// begins with "$". A text that is masked begins with "•••".
	JSON string
	// Shown says that nothing is masked.
	Shown bool
	// Below are the collections below it.
	Below []Collection
}

// Document returns the document at a path, such as "orders/811:51230077"; masked, or as it is stored.
func (v *View) Document(path string, shown bool) (Document, error) {
	d := Document{
		Path:  path,
		Label: path,
		Shown: shown,
	}
	below := map[string]int{}

	for at, fields := range v.documents {
		switch {
		case at == path:
			d.Collection = collectionOf(path)
			d.JSON = write(nil, path, fields)
			if !shown {
				m := v.masker()
				d.Label, d.JSON = m.key(path), write(m, path, fields)
			}
		case strings.HasPrefix(at, path+"/"):
			below[collectionOf(at)]++
		}
	}

	if d.Collection == "" {
		return Document{}, fault.New(fault.NotFound, "cloudview.Document", "there is no such document")
	}

	d.Below = sorted(below)

	return d, nil
}
