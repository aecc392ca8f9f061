/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X4_IKE_XAUTH_JOB_H
#define X4_IKE_XAUTH_JOB_H

/*
 * Extended authentication (draft-beaulieu-ike-xauth-02): what the peer's user answered, and what
 * is to become of it. Who knows the passwords may be a file or a server far away: the verdict may
 * be given within the callback or at any later time.
 */

#include "x4/ike/mode_config.h"

/* Attributes of the transaction exchange that belong to extended authentication. */
typedef enum x4e_ike_xauth_attr {
    x4c_ike_xauth_type = 16520, /* basic; 0 generic, which is the only one that libike asks by */
    x4c_ike_xauth_user_name = 16521,
    x4c_ike_xauth_user_password = 16522,
    x4c_ike_xauth_passcode = 16523,
    x4c_ike_xauth_message = 16524, /* text for the user */
    x4c_ike_xauth_challenge = 16525,
    x4c_ike_xauth_domain = 16526,
    x4c_ike_xauth_status = 16527, /* basic; 0 fail, 1 ok */
    x4c_ike_xauth_next_pin = 16528,
    x4c_ike_xauth_answer = 16529,
} x4e_ike_xauth_attr;

typedef enum x4e_ike_verdict {
    x4c_ike_verdict_pending,
    x4c_ike_verdict_accept,
    x4c_ike_verdict_refuse, /* name and password are asked again, if config1.xauth_tries allows */
    x4c_ike_verdict_ask,    /* another question: a passcode, a new PIN, the answer to a challenge */
} x4e_ike_verdict;

typedef struct x4s_ike_xauth_job x4s_ike_xauth_job;

/*
 * libike's memory. It stays where it is until the verdict is given or the exchange is disposed of,
 * whichever comes first; then it may not be touched any more.
 *
 * The verdict is given by setting it. Who does so after the callback has returned calls completed,
 * when the instance is not running, and x4_charon_tick soon after that.
 */
struct x4s_ike_xauth_job {
    x4s_ike_cfg answer; /* of the peer's user; texts may end with a zero byte (Android) */
    unsigned round;     /* answers before this one */
    x4e_ike_verdict verdict;
    x4s_ike_cfg question; /* with x4c_ike_verdict_ask; the user's memory until the next round */
    void (*completed)(x4s_ike_xauth_job *job);
};

#endif
