// Package catalogue lists the services of a simulated iPhone. Which of them a phone
// has depends on its iOS; the others answer InvalidService, as those do that no
// simulated phone has (debugserver, instruments, testmanagerd, webinspector).
package catalogue
