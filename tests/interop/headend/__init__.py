# SPDX-License-Identifier: BSD-2-Clause
"""The cases of the suite headend: clients, users and the servers that know them."""
