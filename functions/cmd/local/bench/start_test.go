package bench

import (
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// starts is how often a function is started; the median counts.
const starts = 21

// BenchmarkStart measures from starting a function's process to its first answer, which builds everything the function works
// with: a request that it refuses is enough. An operation is one start; with a function that does nothing they take turns. It also reports
// how large the function is.
func BenchmarkStart(b *testing.B) {
	env := world.Environment("http://localhost", world.Project)
	maps.Copy(env, world.PushEnvironment("http://127.0.0.1:1/"))
	maps.Copy(env, world.UserEnvironment("http://127.0.0.1:1/"))
	for _, host := range []string{"FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "SECRET_MANAGER_EMULATOR_HOST"} {
		env[host] = "127.0.0.1:1"
	}
	for _, name := range []string{"notify", "receive", "webhook", "workspace"} {
		b.Run(name, func(b *testing.B) {
			built.of(b, name)
			built.of(b, emptyName)
			b.ResetTimer()
			var own, empty []time.Duration
			for range max(b.N, starts) {
				own = append(own, startOnce(b, name, env))
				empty = append(empty, startOnce(b, emptyName, nil))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(own).Microseconds())/1000, "start-ms")
			b.ReportMetric(float64(median(own))/float64(median(empty)), "start-ratio")
			b.ReportMetric(size(b, filepath.Join(built.dir, name+".zip"))/(1<<10), "zip-KB")
			b.ReportMetric(size(b, built.of(b, name))/(1<<20), "binary-MB")
		})
	}
}

// size returns the bytes of a file.
func size(b *testing.B, path string) float64 {
	b.Helper()
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size())
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// startOnce starts a function, returns how long its first answer took, and ends it.
func startOnce(b *testing.B, name string, env map[string]string) time.Duration {
	b.Helper()
	addr := freeAddr(b)
	cmd := exec.Command(built.of(b, name))
	cmd.Env = functionEnv(name, addr, env)
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	for {
		resp, err := testkit.Client.Post("http://"+addr+"/", "application/json", strings.NewReader("{"))
		if err == nil {
			took := time.Since(began)
			_ = resp.Body.Close()
			if resp.StatusCode >= http.StatusInternalServerError {
				b.Fatalf("the first answer is %d", resp.StatusCode)
			}
			return took
		}
		if time.Since(began) > time.Minute {
			b.Fatal(err)
		}
		time.Sleep(200 * time.Microsecond)
	}
}
