{{- define "devin-idp-sync.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- /* Short enough that "-redis-headless" and the like still fit into a label of DNS. */ -}}
{{- define "devin-idp-sync.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "devin-idp-sync.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.redisName" -}}
{{- include "devin-idp-sync.fullname" . }}-redis
{{- end -}}

{{- /* What selectors match; it never changes during the life of a release. */ -}}
{{- define "devin-idp-sync.selectorLabels" -}}
app.kubernetes.io/name: {{ include "devin-idp-sync.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "devin-idp-sync.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "devin-idp-sync.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "devin-idp-sync.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "devin-idp-sync.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- /* {repository, tag, digest} → a reference; a digest wins over a tag. */ -}}
{{- define "devin-idp-sync.imageOf" -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end -}}

{{- define "devin-idp-sync.image" -}}
{{- $image := .Values.image -}}
{{- $tag := default .Chart.AppVersion $image.tag -}}
{{- include "devin-idp-sync.imageOf" (dict "repository" $image.repository "tag" $tag "digest" $image.digest) -}}
{{- end -}}

{{- /* The daemon's image has a redis-server, so that one image is enough to mirror and to scan. */ -}}
{{- define "devin-idp-sync.redisImage" -}}
{{- $image := .Values.redis.bundled.image -}}
{{- if $image.repository -}}
{{- include "devin-idp-sync.imageOf" $image -}}
{{- else -}}
{{- include "devin-idp-sync.image" . -}}
{{- end -}}
{{- end -}}
