package page

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// static are the files that all sites share: the look of all pages, and what keeps regions of them live.
//
//go:embed static
var static embed.FS

// Files are static files. Their path has the version of all of them, so that browsers may keep them for good.
type Files struct {
	root, version string
	files         map[string][]byte
}

// SharedFiles returns the files that all sites share, which are to be served at Pattern.
func SharedFiles() (*Files, error) { return NewFiles("/static", static, "static") }

// NewFiles returns the files of a directory of from, which are served below the path root.
func NewFiles(root string, from fs.FS, dir string) (*Files, error) {
	names, err := fs.Glob(from, dir+"/*")
	if err != nil {
		return nil, err
	}

	f := &Files{root: root, files: map[string][]byte{}}
	hash := sha256.New()

	for _, name := range names {
		data, unread := fs.ReadFile(from, name)
		if unread != nil {
			return nil, unread
		}

		f.files[path.Base(name)] = data
		hash.Write(data)
	}

	f.version = hex.EncodeToString(hash.Sum(nil))[:12]

	return f, nil
}

// Path is the path of the files, without a file's name.
func (f *Files) Path() string { return f.root + "/" + f.version }

// Pattern is what [http.ServeMux] knows the files by.
func (f *Files) Pattern() string { return "GET " + f.root + "/{version}/{file}" }

// Serve answers with the file that the path names.
func (f *Files) Serve(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("file")

	data, known := f.files[name]
	if !known || r.PathValue("version") != f.version {
		return fault.New(fault.NotFound, "page.serve", "there is no such file")
	}

	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")

	return compressed(w, r, http.StatusOK, data)
}
