package store

import _ "embed" // the index file

// Indexes is the index file, the one declaration of composite indexes, exemptions and time-to-live fields.
//
//go:embed firestore.indexes.json
var Indexes []byte
