// The Go peer: what net/http makes of the same routes. Built once by tests/bench/run.
//
//	bench-go PORT ROOT [CERT KEY on|off: tickets]
//
// /block keeps a kernel thread, as a C library would: a raw nanosleep is a system call to Go's
// scheduler, while time.Sleep would park the goroutine as /sleep does.
package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"
)

var hello = []byte("Hello, world!")

func milliseconds(r *http.Request) time.Duration {
	ms, err := strconv.Atoi(r.URL.Query().Get("ms"))
	if err != nil {
		ms = 100
	}
	return time.Duration(ms) * time.Millisecond
}

func answer(w http.ResponseWriter) {
	w.Header()["Content-Type"] = []string{"text/plain"}
	w.Write(hello)
}

// A calculation that takes this long when it has a CPU to itself: calibrated once, so that beside
// others it is the same work and takes longer, as in tri-httpd.
func calculate(rounds int) uint32 {
	sum := uint32(2463534242)
	for i := 0; i < rounds; i++ {
		sum ^= sum << 13
		sum ^= sum >> 17
		sum ^= sum << 5
	}
	return sum
}

func roundsPerMillisecond() int {
	const rounds = 5000000
	best := time.Hour
	for i := 0; i < 5; i++ {
		begin := time.Now()
		sink = calculate(rounds)
		if took := time.Since(begin); took < best {
			best = took
		}
	}
	return int(rounds * time.Millisecond / best)
}

var sink uint32

func main() {
	perMillisecond := roundsPerMillisecond()
	http.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) { answer(w) })
	http.HandleFunc("/sleep", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(milliseconds(r))
		answer(w)
	})
	http.HandleFunc("/block", func(w http.ResponseWriter, r *http.Request) {
		left := syscall.NsecToTimespec(int64(milliseconds(r)))
		for syscall.Nanosleep(&left, &left) == syscall.EINTR {
		}
		answer(w)
	})
	http.HandleFunc("/cpu", func(w http.ResponseWriter, r *http.Request) {
		sum := calculate(perMillisecond * int(milliseconds(r)/time.Millisecond))
		w.Header()["X-Sum"] = []string{strconv.Itoa(int(sum))}
		answer(w)
	})
	http.Handle("/", http.FileServer(http.Dir(os.Args[2])))
	address := "127.0.0.1:" + os.Args[1]
	if len(os.Args) > 3 { // HTTP/1.1 only, as the others
		config := tls.Config{SessionTicketsDisabled: os.Args[5] == "off"}
		server := http.Server{Addr: address, TLSConfig: &config, TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
		log.Fatal(server.ListenAndServeTLS(os.Args[3], os.Args[4]))
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
