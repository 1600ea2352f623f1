// Package storage is Cloud Storage's JSON API in process, as far as the production code uses it: an object is made if there is none of its
// name, read, and listed. Objects are files of a directory, so that a person can look at a bucket, or copy it, as at any directory.
package storage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Server is the service. Every bucket is there.
type Server struct {
	mux *http.ServeMux
	// dir has a directory for each bucket; empty keeps objects in memory.
	dir string

	mu      sync.Mutex
	objects map[string][]byte // by the bucket and the name
	broken  func(method, name string) bool
}

// New returns a server that keeps objects in a directory, which is made when there is something to keep; without one in memory.
func New(dir string) *Server {
	s := &Server{mux: http.NewServeMux(), dir: dir, objects: map[string][]byte{}}
	s.mux.HandleFunc("POST /upload/storage/v1/b/{bucket}/o", s.insert)
	s.mux.HandleFunc("GET /storage/v1/b/{bucket}/o/{name}", s.get)
	s.mux.HandleFunc("GET /storage/v1/b/{bucket}/o", s.list)

	return s
}

// ServeHTTP is part of [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Client returns a client whose calls come to the server without a connection.
func (s *Server) Client() *http.Client { return &http.Client{Transport: direct{s}} }

type direct struct{ server *Server }

// RoundTrip is part of [http.RoundTripper].
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}

	r = r.Clone(r.Context())
	r.RequestURI = ""
	if r.Body == nil {
		r.Body = http.NoBody
	}

	w := httptest.NewRecorder()
	d.server.ServeHTTP(w, r)

	return w.Result(), nil
}

// Break has calls fail with 503, by their method and the object's name: GET, and POST of one that is made. nil ends that.
func (s *Server) Break(broken func(method, name string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.broken = broken
}

// Objects returns a copy of a bucket that is kept in memory, by the objects' names.
func (s *Server) Objects(bucket string) map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()

	found := map[string][]byte{}
	for name, data := range s.objects {
		if of, ok := strings.CutPrefix(name, bucket+"/"); ok {
			found[of] = data
		}
	}

	return maps.Clone(found)
}

// Replace puts an object whatever is there, in memory only, as somebody does who owns the bucket; nil takes it away.
func (s *Server) Replace(bucket, name string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if data == nil {
		delete(s.objects, bucket+"/"+name)
		return
	}

	s.objects[bucket+"/"+name] = data
}

const maxObject = 512 << 20

// insert makes an object of a multipart upload, only if there is none of its name.
func (s *Server) insert(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("uploadType") != "multipart" || r.FormValue("ifGenerationMatch") != "0" {
		fail(w, http.StatusNotImplemented, "only multipart uploads of objects that are not there yet")
		return
	}

	object, data, err := readUpload(http.MaxBytesReader(w, r.Body, maxObject), r.Header.Get("Content-Type"))
	if err != nil {
		fail(w, http.StatusBadRequest, "not such an upload")
		return
	}

	path, ok := s.path(r.PathValue("bucket"), object.Name)

	switch {
	case !ok:
		fail(w, http.StatusBadRequest, "no such name can be kept here")
		return
	case object.Crc32c != "" && object.Crc32c != checksum(data):
		fail(w, http.StatusBadRequest, "the checksum does not fit")
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.broken != nil && s.broken(http.MethodPost, object.Name) {
		fail(w, http.StatusServiceUnavailable, "broken by a rule")
		return
	}

	switch err = s.make(path, data); {
	case errors.Is(err, fs.ErrExist):
		fail(w, http.StatusPreconditionFailed, "there is one of that name")
	case err != nil:
		fail(w, http.StatusInternalServerError, "cannot be kept")
	default:
		answer(w, http.StatusOK, reply{Name: object.Name, Generation: "1"})
	}
}

// upload is what a multipart upload says of its object.
type upload struct {
	Name   string `json:"name"`
	Crc32c string `json:"crc32c"`
}

func readUpload(body io.Reader, contentType string) (object upload, data []byte, err error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return upload{}, nil, err
	}

	parts := multipart.NewReader(body, params["boundary"])

	head, err := parts.NextPart()
	if err != nil {
		return upload{}, nil, err
	}
	if err = json.NewDecoder(head).Decode(&object); err != nil {
		return upload{}, nil, err
	}

	media, err := parts.NextPart()
	if err != nil {
		return upload{}, nil, err
	}

	data, err = io.ReadAll(media)

	return object, data, err
}

func checksum(data []byte) string {
	sum := crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

// get answers with the content of an object.
func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")

	path, ok := s.path(r.PathValue("bucket"), name)
	if !ok || r.FormValue("alt") != "media" {
		fail(w, http.StatusBadRequest, "only the content of an object, with alt=media")
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.broken != nil && s.broken(http.MethodGet, name) {
		fail(w, http.StatusServiceUnavailable, "broken by a rule")
		return
	}

	data, err := s.read(path)

	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail(w, http.StatusNotFound, "no such object")
	case err != nil:
		fail(w, http.StatusInternalServerError, "cannot be read")
	default:
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data)
	}
}

// path returns where an object is kept; ok is false for a name that is not that of a file below the bucket's directory.
func (s *Server) path(bucket, name string) (path string, ok bool) {
	path = bucket + "/" + name
	return path, fs.ValidPath(path) && !strings.Contains(bucket, "/") && !strings.ContainsAny(path, "\\:") && bucket != "." && name != "."
}

// make keeps an object unless there is one, and so that it is there as a whole or not at all, even if the process is killed.
func (s *Server) make(path string, data []byte) error {
	if s.dir == "" {
		if _, taken := s.objects[path]; taken {
			return fs.ErrExist
		}

		s.objects[path] = data

		return nil
	}

	full := filepath.Join(s.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil { //nolint:gosec // G703: path has seen to it that the name stays below dir
		return err
	}

	f, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return err
	}

	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Link(f.Name(), full) // unlike a rename it does not replace
	}

	return errors.Join(err, os.Remove(f.Name()))
}

func (s *Server) read(path string) ([]byte, error) {
	if s.dir != "" {
		return os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(path))) //nolint:gosec // G703: as in make
	}

	data, ok := s.objects[path]
	if !ok {
		return nil, fs.ErrNotExist
	}

	return data, nil
}

// reply is what is answered of an object, or of several.
type reply struct {
	Name       string   `json:"name,omitempty"`
	Generation string   `json:"generation,omitempty"`
	Items      []reply  `json:"items,omitempty"`
	Error      *refusal `json:"error,omitempty"`
}

type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func fail(w http.ResponseWriter, code int, message string) {
	answer(w, code, reply{Error: &refusal{code, message}})
}

func answer(w http.ResponseWriter, code int, body reply) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)

	text, err := json.Marshal(body)
	if err == nil {
		_, _ = w.Write(text) // a caller that has gone away needs no answer
	}
}
