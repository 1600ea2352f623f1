package firestore

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Kind is how an index holds a field.
type Kind int

// The kinds of a field in an index.
const (
	Ascending Kind = iota + 1
	Descending
	Contains
)

// String is the kind as error messages spell it.
func (k Kind) String() string {
	switch k {
	case Ascending:
		return "ASC"
	case Descending:
		return "DESC"
	case Contains:
		return "CONTAINS"
	default:
		return "UNKNOWN"
	}
}

// Index is one declaration of an index file: a composite index, or with Override the settings of one field.
type Index struct {
	Collection string // id of the collections it is for
	Group      bool   // for queries over all collections of that id together
	Fields     []IndexField
	Override   *FieldOverride
}

// IndexField is one field of a composite index.
type IndexField struct {
	Path string
	Kind Kind
}

// FieldOverride is how a field, and what is inside it, differs from the automatic indexing of single fields.
type FieldOverride struct {
	Path    string // "*" is every field of the collection
	TTL     bool   // documents expire at the time in this field
	Replace bool   // Indexes are the only single-field indexes
	Indexes []FieldIndex
}

// FieldIndex is an index of a single field.
type FieldIndex struct {
	Kind  Kind
	Group bool
}

// indexFile is firestore.indexes.json as the firebase CLI reads it.
type indexFile struct {
	Indexes []struct {
		CollectionGroup string      `json:"collectionGroup"`
		QueryScope      string      `json:"queryScope"`
		Density         string      `json:"density"`
		Fields          []fileField `json:"fields"`
	} `json:"indexes"`
	FieldOverrides []struct {
		CollectionGroup string       `json:"collectionGroup"`
		FieldPath       string       `json:"fieldPath"`
		TTL             bool         `json:"ttl"`
		Indexes         *[]fileField `json:"indexes"`
	} `json:"fieldOverrides"`
}

type fileField struct {
	FieldPath   string `json:"fieldPath"`
	QueryScope  string `json:"queryScope"`
	Order       string `json:"order"`
	ArrayConfig string `json:"arrayConfig"`
}

// ParseIndexes reads an index file in the format of the firebase CLI: indexes with collectionGroup, queryScope and
// fields, and fieldOverrides, whose "indexes" are, if given, the only indexes of the field. What it does not know is an
// error, since an index that is silently left out would only be missed in production.
func ParseIndexes(r io.Reader) ([]Index, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var f indexFile
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("index file: %w", err)
	}

	composites, err := f.composites()
	if err != nil {
		return nil, fmt.Errorf("index file: %w", err)
	}

	overrides, err := f.overrides()
	if err != nil {
		return nil, fmt.Errorf("index file: %w", err)
	}

	out := slices.Concat(composites, overrides)
	if _, err := newCatalog(out); err != nil {
		return nil, fmt.Errorf("index file: %w", err)
	}

	return out, nil
}

func (f *indexFile) composites() ([]Index, error) {
	var out []Index
	for i, x := range f.Indexes {
		group, err := parseScope(x.QueryScope)
		if err != nil {
			return nil, fmt.Errorf("indexes[%d]: %w", i, err)
		}

		ix := Index{Collection: x.CollectionGroup, Group: group}
		for _, ff := range x.Fields {
			kind, err := ff.kind()
			if err != nil {
				return nil, fmt.Errorf("indexes[%d]: %w", i, err)
			}

			ix.Fields = append(ix.Fields, IndexField{ff.FieldPath, kind})
		}

		out = append(out, ix)
	}

	return out, nil
}

func (f *indexFile) overrides() ([]Index, error) {
	var out []Index
	for i, x := range f.FieldOverrides {
		o := &FieldOverride{Path: x.FieldPath, TTL: x.TTL, Replace: x.Indexes != nil}
		if x.Indexes == nil {
			x.Indexes = &[]fileField{}
		}

		for _, ff := range *x.Indexes {
			kind, err := ff.kind()
			if err != nil {
				return nil, fmt.Errorf("fieldOverrides[%d]: %w", i, err)
			}

			group, err := parseScope(ff.QueryScope)
			if err != nil {
				return nil, fmt.Errorf("fieldOverrides[%d]: %w", i, err)
			}

			o.Indexes = append(o.Indexes, FieldIndex{kind, group})
		}

		out = append(out, Index{Collection: x.CollectionGroup, Override: o})
	}

	return out, nil
}

func parseScope(s string) (group bool, err error) {
	switch s {
	case "", "COLLECTION":
		return false, nil
	case "COLLECTION_GROUP":
		return true, nil
	default:
		return false, fmt.Errorf("unknown queryScope %q", s)
	}
}

func (f fileField) kind() (Kind, error) {
	switch {
	case f.Order == "ASCENDING" && f.ArrayConfig == "":
		return Ascending, nil
	case f.Order == "DESCENDING" && f.ArrayConfig == "":
		return Descending, nil
	case f.Order == "" && f.ArrayConfig == "CONTAINS":
		return Contains, nil
	default:
		return 0, fmt.Errorf("field %q needs an order or an arrayConfig that is known", f.FieldPath)
	}
}

// catalog is the declarations, checked and ready to be asked.
type catalog struct {
	composites map[string][]composite // by collection id
	overrides  map[string]map[string]*FieldOverride
	expiring   []expiry
	queries    *Queries // records what is asked; nil does not
}

type composite struct {
	group  bool
	fields []IndexField // paths in canonical spelling
}

type expiry struct {
	collection string
	path       []string
}

func newCatalog(indexes []Index) (*catalog, error) {
	c := &catalog{composites: map[string][]composite{}, overrides: map[string]map[string]*FieldOverride{}}
	for _, x := range indexes {
		if x.Collection == "" {
			return nil, fmt.Errorf("an index names no collection")
		}

		var err error
		if x.Override != nil {
			err = c.addOverride(x.Collection, x.Override)
		} else {
			err = c.addComposite(x)
		}

		if err != nil {
			return nil, fmt.Errorf("collection %q: %w", x.Collection, err)
		}
	}

	return c, nil
}

func (c *catalog) addOverride(collection string, o *FieldOverride) error {
	name := o.Path
	if o.Path != "*" {
		path, err := parseFieldPath(o.Path)
		if err != nil {
			return err
		}

		name = formatFieldPath(path)
		if o.TTL {
			c.expiring = append(c.expiring, expiry{collection, path})
		}
	}

	if c.overrides[collection] == nil {
		c.overrides[collection] = map[string]*FieldOverride{}
	}

	if c.overrides[collection][name] != nil {
		return fmt.Errorf("field %q is overridden twice", o.Path)
	}

	c.overrides[collection][name] = o

	return nil
}

func (c *catalog) addComposite(x Index) error {
	if len(x.Fields) < 2 {
		return fmt.Errorf("a composite index needs at least two fields")
	}

	out := composite{group: x.Group}

	arrays := 0
	for _, f := range x.Fields {
		name := f.Path
		if name != nameField {
			path, err := parseFieldPath(f.Path)
			if err != nil {
				return err
			}

			name = formatFieldPath(path)
		}

		if f.Kind == Contains {
			arrays++
		}

		if slices.ContainsFunc(out.fields, func(g IndexField) bool { return g.Path == name }) {
			return fmt.Errorf("field %q is twice in an index", f.Path)
		}

		out.fields = append(out.fields, IndexField{name, f.Kind})
	}

	if arrays > 1 {
		return fmt.Errorf("an index may hold one array")
	}

	c.composites[x.Collection] = append(c.composites[x.Collection], out)

	return nil
}
